import { log } from "../../math/log.ts";

/** Added to every count, so that an empty bin does not make the index infinite. */
const PSEUDO_COUNT = 0.5;

/**
 * Population stability index of two histograms over the same bins: the sum of (q - p) ln(q / p) over the bins' shares p and
 * q, which is Jeffreys' divergence. By custom (Siddiqi, "Credit Risk Scorecards", 2006) below .1 is stable, above .25 is a
 * shift. With few values it is above 0 by chance: about (bins - 1)(1/n + 1/m).
 * @param expected counts, 0 or more, one a bin. @param actual as many.
 * @returns 0 or more; null when one of the histograms is empty.
 * @throws RangeError when the numbers of bins differ.
 */
export function psi(expected: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  const bins = expected.length;
  if (actual.length !== bins) throw new RangeError(`${bins} bins cannot be compared with ${actual.length}`);
  let expectedSum = 0;
  let actualSum = 0;
  for (let i = 0; i < bins; i++) {
    expectedSum += expected[i]!;
    actualSum += actual[i]!;
  }
  if (expectedSum === 0 || actualSum === 0) return null;
  let sum = 0;
  for (let i = 0; i < bins; i++) {
    const p = (expected[i]! + PSEUDO_COUNT) / (expectedSum + bins * PSEUDO_COUNT);
    const q = (actual[i]! + PSEUDO_COUNT) / (actualSum + bins * PSEUDO_COUNT);
    sum += (q - p) * log(q / p);
  }
  return sum;
}
