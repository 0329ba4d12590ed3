/**
 * How long to wait before the next try, in ms: it doubles from `base` with each failed try up to `cap`, and a random half of it
 * keeps pages that failed together from coming back together.
 * @param failures Tries that failed so far, at least 1.
 */
export function backoff(failures: number, { base = 500, cap = 30_000, random = Math.random() } = {}): number {
  return Math.min(cap, base * 2 ** Math.min(failures - 1, 30)) * (0.5 + 0.5 * random);
}

/** Longest that a Retry-After is followed, in ms: one mistaken header must not silence a page for a day. */
const LONGEST_RETRY_AFTER = 10 * 60_000;

/** What a Retry-After header (seconds, or an HTTP date) asks for, in ms from `now`; 0 when there is none. */
export function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  const wait = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER) : 0;
}
