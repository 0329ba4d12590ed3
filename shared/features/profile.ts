import { milliseconds } from "../contract/duration.ts";
import type { StoredOperator } from "../contract/spec.ts";
import type { FeatureValue, FeatureValues } from "../contract/values.ts";

/** What a batch job stored for a unit, and when (ms since the epoch). */
export type StoredValue = { value: FeatureValue; at: number };

/** Values of all profile features where nothing is stored for the unit. */
export const profileDefaults = (operators: Record<string, StoredOperator>): FeatureValues =>
  Object.fromEntries(Object.entries(operators).map(([name, operator]) => [name, operator.default]));

/**
 * Values of all profile features, by feature name.
 * @param stored what is stored for the unit, by the operators' `path`; a value older than its `ttl` at the time `at`
 *   (ms since the epoch) is not used: the feature has its default.
 */
export function profileValues(
  operators: Record<string, StoredOperator>,
  stored: Record<string, StoredValue>,
  at: number,
): FeatureValues {
  const values: FeatureValues = {};
  for (const [name, operator] of Object.entries(operators)) {
    const found = Object.hasOwn(stored, operator.path) ? stored[operator.path] : undefined;
    values[name] = found && at - found.at <= milliseconds(operator.ttl) ? found.value : operator.default;
  }
  return values;
}
