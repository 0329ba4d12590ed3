import type { RewardRange } from "../../shared/evaluation/off-policy/logged-choice.ts";
import { UsageError } from "../command.ts";

/** What rewards usually are; a log that fits one of them is taken to be of it, also when it does not reach its ends. */
const USUAL: readonly RewardRange[] = [
  { low: 0, high: 1 },
  { low: -1, high: 0 },
  { low: -1, high: 1 },
];

/** The range of a log's rewards, by the lowest and the highest that it has. */
export function rangeOf(lowest: number, highest: number): RewardRange {
  const usual = USUAL.find(({ low, high }) => low <= lowest && highest <= high);
  return usual ?? { low: Math.min(lowest, 0), high: Math.max(highest, 0) };
}

/** Reads `LOW,HIGH`. @throws UsageError when it is no range. */
export function namedRange(text: string): RewardRange {
  const [low, high, ...more] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (more.length > 0 || !(Number.isFinite(low) && Number.isFinite(high) && low! < high!))
    throw new UsageError(
      `--rewards must be the lowest and the highest reward, as in --rewards=-1,0, not ${JSON.stringify(text)}.`,
    );
  return { low: low!, high: high! };
}
