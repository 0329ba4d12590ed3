import { writeOutput } from "../observe/output.ts";

/**
 * Ages and deadlines by a clock that may be put forward and back: by a correction, or because an object moves to another machine. What was
 * noted by a clock that has gone back since is out of date: nobody knows how long ago that was, and none may wait until the clock
 * has come as far again.
 */

/** Clocks are corrected all the time, by less than this, ms. */
const STEP = 1000;
/** The latest time that this isolate has seen. */
let latest = 0;

/** The time, ms since the epoch. That it has gone back is said, once a step. */
function readClock(): number {
  const now = Date.now();
  if (now < latest - STEP)
    writeOutput("warn", "the clock has gone back: what was noted before is out of date", { by: latest - now });
  if (now > latest || now < latest - STEP) latest = now;
  return now;
}

/** How long ago something was, ms; Infinity when the clock has gone back to before it. */
export function age(since: number): number {
  const now = readClock();
  return now < since ? Number.POSITIVE_INFINITY : now - since;
}

/**
 * When something is due, ms since the epoch: at `at`, or at once when that is further away than it can be, since the clock has gone back.
 * @param longest how far ahead it was set at most, ms.
 * @example deadline(notBefore, 30_000) <= Date.now()
 */
export function deadline(at: number, longest: number): number {
  return at - readClock() > longest ? Number.NEGATIVE_INFINITY : at;
}
