import type { CallOperator } from "../contract/spec.ts";
import type { FeatureValue, FeatureValues, Properties } from "../contract/values.ts";
import type { FeatureKind } from "./feature-kind.ts";
import type { Matches } from "./matching.ts";

/**
 * Computes one feature from `data`; `at` is the time of the decision in ms since the epoch. Missing is null.
 * @param id of an action. @param matches what of the session's events the decision's actions match.
 */
export type CallFeature = {
  (data: Properties, at: number, id?: string, matches?: Matches): FeatureValue;
  /** How its value is hashed, if otherwise than by what it is (named-feature.ts). */
  Feature?: FeatureKind;
};

/** Makes an operator ready to run, as `callFeature` (call.ts). */
export type FeatureOf = (operator: CallOperator) => CallFeature;

type Operators = { [Op in CallOperator["op"]]: (operator: CallOperator & { op: Op }) => CallFeature };

/** The operators that this program has (call.ts). Edge and command line have all there are (other-operators.ts); a page adds others when a model of its own has one. */
export const callOperators = {} as Operators;

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

/** Values of all features of one namespace, by feature name. @param id, matches of an action, as of CallFeature. */
export function callValues(
  featureOf: FeatureOf,
  operators: Record<string, CallOperator>,
  data: Properties,
  at: number,
  id?: string,
  matches?: Matches,
): FeatureValues {
  const values: FeatureValues = {};
  for (const name of Object.keys(operators)) values[name] = featureOf(operators[name]!)(data, at, id, matches);
  return values;
}
