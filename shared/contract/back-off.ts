/** How long whoever was refused, or got no answer, waits before the next try: pages, the command line and the objects of the edge alike. */

/** ms. */
export type BackOff = { base: number; cap: number };

/**
 * The wait before the next try, in ms: it doubles from `base` with each failed try up to `cap`, and a random half of it keeps those that
 * failed together from coming back together.
 * @param failures tries that failed so far, at least 1.
 * @param random from 0 to 1, drawn by the caller.
 * @example backOff(3, Math.random(), { base: 100, cap: 1000 }) // 200 to 400
 */
export function backOff(failures: number, random: number, { base, cap }: BackOff = { base: 500, cap: 30_000 }): number {
  return Math.min(cap, base * 2 ** Math.min(failures - 1, 30)) * (0.5 + 0.5 * random);
}

/** Longest that a Retry-After is followed, in ms: one mistaken header must not silence a page for a day. */
const LONGEST_RETRY_AFTER = 10 * 60_000;

/** What a Retry-After header (seconds, or an HTTP date) asks for, in ms from `now`; 0 when there is none that can be read. */
export function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  const wait = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER) : 0;
}
