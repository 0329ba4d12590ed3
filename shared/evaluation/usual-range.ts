import type { RewardRange } from "./off-policy/logged-choice.ts";

/** What rewards usually are; a log that fits one of them is taken to be of it, also when it does not reach its ends. */
const USUAL: readonly RewardRange[] = [
  { low: 0, high: 1 },
  { low: -1, high: 0 },
  { low: -1, high: 1 },
];

/** The range of a log's rewards, by the lowest and the highest that it has: a usual one that holds them, or else their own with 0. */
export function usualRange(lowest: number, highest: number): RewardRange {
  const usual = USUAL.find(({ low, high }) => low <= lowest && highest <= high);
  return usual ?? { low: Math.min(lowest, 0), high: Math.max(highest, 0) };
}
