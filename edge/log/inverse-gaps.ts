/**
 * Probabilities of inverse gap weighting (shared/policies/square-cb.ts) as one number, in stored records. It is arithmetic that IEEE 754 fixes to the bit; the
 * policy may come to compute otherwise, and this must not, as long as there are records that were stored so.
 */

/** How far from the first guess the number is looked for, in steps of its last bit: the guess is off by a few, and by more where it weighs little. */
const STEPS = 64;

/** The gamma by which scores give these probabilities, to the bit; null when there is none, or it is not found. */
export function gammaOf(scores: readonly number[], probabilities: readonly number[]): number | null {
  const best = Math.max(...scores);
  const worst = scores.indexOf(Math.min(...scores));
  const gap = best - scores[worst]!;
  const guess = (1 / probabilities[worst]! - scores.length) / gap;
  if (!(gap > 0 && gap < Number.MAX_VALUE && guess > 0 && guess < Number.MAX_VALUE)) return null;
  const bits = new BigInt64Array(new Float64Array([guess]).buffer);
  const [first] = bits;
  const number = new Float64Array(bits.buffer);
  for (let step = 0; step <= 2 * STEPS; step++) {
    // By turns above and below.
    bits[0] = first! + BigInt(step % 2 === 1 ? (step + 1) / 2 : -step / 2);
    const gamma = number[0]!;
    if (1 / (scores.length + gamma * gap) !== probabilities[worst]) continue;
    if (inverseGaps(scores, gamma).every((value, i) => value === probabilities[i])) return gamma;
  }
  return null;
}

/** Each that is worse than the best by a gap g has 1 / (K + gamma g); the best share what is left. */
export function inverseGaps(scores: readonly number[], gamma: number): number[] {
  const best = Math.max(...scores);
  let tied = 0;
  let others = 0;
  const result = scores.map((score) => {
    if (score === best) {
      tied++;
      return 0;
    }
    const value = 1 / (scores.length + gamma * Math.min(best - score, Number.MAX_VALUE));
    others += value;
    return value;
  });
  const share = (1 - others) / tied;
  return result.map((value, i) => (scores[i] === best ? share : value));
}
