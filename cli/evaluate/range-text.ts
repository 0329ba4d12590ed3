import type { RewardRange } from "../../shared/evaluation/off-policy/logged-choice.ts";
import { UsageError } from "../command.ts";

/** Reads `LOW,HIGH`. @throws UsageError when it is no range. */
export function namedRange(text: string): RewardRange {
  const [low, high, ...more] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (more.length > 0 || !(Number.isFinite(low) && Number.isFinite(high) && low! < high!))
    throw new UsageError(
      `--rewards must be the lowest and the highest reward, as in --rewards=-1,0, not ${JSON.stringify(text)}.`,
    );
  return { low: low!, high: high! };
}
