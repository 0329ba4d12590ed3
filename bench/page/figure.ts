import { quantile } from "../quantile.ts";
/** What was measured, and what issue or docs want of it; null: nothing is. */
export type Figure = { what: string; is: string; wanted: string | null };

/** Quantiles of some times, ms. @example milliseconds([3, 1, 2], 0.5, 1) // "2.00, 3.00" */
export function milliseconds(times: readonly number[], ...quantiles: readonly number[]): string {
  if (times.length === 0) throw new Error("nothing was measured");
  const sorted = times.toSorted((a, b) => a - b);
  return quantiles.map((q) => quantile(sorted, q).toFixed(2)).join(", ");
}

/** @example share(99, 100) // "99 of 100" */
export const share = (good: number, all: number): string => `${good} of ${all}`;
