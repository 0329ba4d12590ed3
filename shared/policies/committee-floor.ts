/**
 * The least probability that a committee leaves to each of `count` actions: epsilon / K; without epsilon 1 / sqrt(K n) after n examples
 * (Agarwal et al. 2014, arXiv:1402.0555).
 */
export function committeeFloor(epsilon: number | null, count: number, examples: number): number {
  return epsilon === null ? Math.min(1 / count, 1 / Math.sqrt(count * examples)) : epsilon / count;
}
