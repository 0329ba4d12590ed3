import type { RewardSpec } from "../contract/spec.ts";

/**
 * One value from all the feedback that a decision had. Event time decides, ties go by arrival.
 * @param values in the order of arrival; `at` in ms since the epoch.
 * @throws RangeError when there are none: whoever has none learns the default.
 */
export function aggregate(kind: RewardSpec["aggregate"], values: readonly { value: number; at: number }[]): number {
  const ordered = values.toSorted((a, b) => a.at - b.at).map(({ value }) => value);
  if (ordered.length === 0) throw new RangeError("there is no feedback to aggregate");
  switch (kind) {
    case "first":
      return ordered[0]!;
    case "last":
      return ordered.at(-1)!;
    case "max":
      return ordered.reduce((a, b) => Math.max(a, b));
    case "min":
      return ordered.reduce((a, b) => Math.min(a, b));
    case "sum":
      return ordered.reduce((a, b) => a + b);
    case "mean":
      return ordered.reduce((a, b) => a + b) / ordered.length;
  }
}
