/** Of sorted values; NaN of none. @example quantile([1, 2, 3], 0.5) // 2 */
export const quantile = (sorted: ArrayLike<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
