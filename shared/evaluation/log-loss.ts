/** Probabilities are kept this far from 0 and 1, so that one sure mistake does not make the mean infinite. */
const CLIP = 1e-15;

/**
 * Mean of -ln p(label) in nats.
 * @param probabilities Of label 1; clipped to [1e-15, 1 - 1e-15].
 * @param labels 1, or anything else for 0; as many as probabilities.
 * @returns null for none.
 */
export function logLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  const n = probabilities.length;
  if (n === 0) return null;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const p = Math.min(1 - CLIP, Math.max(CLIP, probabilities[i]!));
    sum -= labels[i] === 1 ? Math.log(p) : Math.log1p(-p);
  }
  return sum / n;
}
