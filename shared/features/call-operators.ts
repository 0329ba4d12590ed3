import type { CallOperator } from "../contract/spec.ts";
import type { FeatureValue, FeatureValues, Properties } from "../contract/values.ts";
import type { FeatureKind } from "./feature-kind.ts";
import type { Matches } from "./matching.ts";

/** What of a decision operators may look at beside what they are of. */
export type CallGiven = {
  /** Its time, ms since the epoch. */
  at: number;
  context?: Properties;
  sessionFeatures?: FeatureValues;
  /** What of the session's events its actions match. */
  matches?: Matches | undefined;
};

/** Computes one feature from `data`. Missing is null. @param id of an action. */
export type CallFeature = (data: Properties, decision: CallGiven, id?: string) => FeatureValue;

/** Makes an operator ready to run, as `callFeature` (call.ts). */
export type FeatureOf = (operator: CallOperator) => CallFeature;

export type Operators = { [Op in CallOperator["op"]]: (operator: CallOperator & { op: Op }) => CallFeature };

/** The operators that this program has (call.ts). Edge and command line have all there are (other-operators.ts); a page adds others when a model of its own has one. */
export const callOperators = {} as Operators & {
  /** How values of operators are hashed, of the session's, too, if otherwise than by what they are (named-feature.ts). */
  kinds?: { [op: string]: FeatureKind };
};

/** Reads what the data itself has under a name, nothing inherited. */
export const property =
  <T>(name: string) =>
  (data: Readonly<Record<string, T>>): T | undefined =>
    Object.hasOwn(data, name) ? data[name] : undefined;

/** Reads `device`, or `geo.country` from a nested property; only what the data itself holds, nothing inherited. */
export function reader(path: string): (data: Properties) => unknown {
  const dot = path.indexOf(".");
  if (dot < 0) return property(path);
  const outer = path.slice(0, dot);
  const inner = path.slice(dot + 1);
  return (data) => {
    const nested: unknown = Object.hasOwn(data, outer) ? data[outer] : undefined;
    if (nested === null || typeof nested !== "object" || Array.isArray(nested)) return undefined;
    return Object.hasOwn(nested, inner) ? (nested as Record<string, unknown>)[inner] : undefined;
  };
}

/** Values of all features of one namespace, by feature name. @param id of an action. */
export function callValues(
  featureOf: FeatureOf,
  operators: Record<string, CallOperator>,
  data: Properties,
  decision: CallGiven,
  id?: string,
): FeatureValues {
  const values: FeatureValues = {};
  for (const name of Object.keys(operators)) values[name] = featureOf(operators[name]!)(data, decision, id);
  return values;
}
