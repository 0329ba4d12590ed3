/**
 * The highest score.
 * @throws RangeError when there is no score, or one is not a number: no distribution could be honest about it.
 */
export function bestScore(scores: ArrayLike<number>): number {
  if (scores.length === 0) throw new RangeError("there are no scores to choose from");
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score)) throw new RangeError(`score ${i} is not a number`);
    if (score > best) best = score;
  }
  return best;
}
