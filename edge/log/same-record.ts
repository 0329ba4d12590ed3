import { canonicalJson } from "../../shared/contract/canonical.ts";
import type { Action } from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";

/**
 * Whether what came again is what is in the log. Of properties only those are compared that both have: which of them are logged changes with
 * what the model's versions read (shared/features/read-properties.ts), and may have changed between the two.
 */

/** Records of format 1 may leave features out. */
type Listed = Omit<Action, "features"> & { features?: Properties };
type Compared = { context?: Properties; actions?: Listed[] };

/** Whether two records, as JSON, say the same, in whatever order. Pages send again what they sent, to the letter. */
export function isSameRecord(a: string, b: string): boolean {
  if (a === b) return true;
  const { context: contextA = {}, actions: actionsA = [], ...restA } = JSON.parse(a) as Compared;
  const { context: contextB = {}, actions: actionsB = [], ...restB } = JSON.parse(b) as Compared;
  return (
    canonicalJson(restA) === canonicalJson(restB) &&
    areSameProperties(contextA, contextB) &&
    areSameActions(actionsA, actionsB)
  );
}

/** Whether two lists have the same actions in the same order. */
export const areSameActions = (a: readonly Listed[], b: readonly Listed[]): boolean =>
  a.length === b.length &&
  a.every(({ features = {}, ...rest }, i) => {
    const { features: others = {}, ...otherRest } = b[i]!;
    return canonicalJson(rest) === canonicalJson(otherRest) && areSameProperties(features, others);
  });

/** Whether nothing that both say differs. */
export const areSameProperties = (a: Properties, b: Properties): boolean =>
  Object.keys(a).every((name) => !Object.hasOwn(b, name) || isSameValue(a[name], b[name]));

function isSameValue(a: unknown, b: unknown): boolean {
  if (isObject(a) && isObject(b)) return areSameProperties(a, b);
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);
