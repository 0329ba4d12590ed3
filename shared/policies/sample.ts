import { murmur3 } from "../math/murmur3.ts";

const HIGH_SEED = 0x45646765;
const LOW_SEED = 0x77697365;

/** The draw of a decision: uniform in [0, 1), 53 bits, fixed by the decision's id, so that anybody can recompute it. */
export function draw(decisionId: string): number {
  const high = murmur3(decisionId, HIGH_SEED) >>> 5;
  const low = murmur3(decisionId, LOW_SEED) >>> 6;
  return (high * 2 ** 26 + low) * 2 ** -53;
}

/**
 * Index of the action that a decision samples. An action of probability 0 is never chosen.
 * @throws RangeError when no probability is above 0.
 */
export function sample(decisionId: string, probabilities: ArrayLike<number>): number {
  const u = draw(decisionId);
  let last = -1;
  let below = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (!(probabilities[i]! > 0)) continue;
    last = i;
    below += probabilities[i]!;
    if (u < below) return i;
  }
  // Rounding may leave the sum a little under 1 and the draw above it.
  if (last < 0) throw new RangeError("no action has a probability above 0");
  return last;
}
