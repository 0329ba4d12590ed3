import type { BackOff } from "../../shared/contract/back-off.ts";

/** Bounds of a partition, beside the reasons for them. */

/** How long something may lie in the log before its readers hear of it, ms: lets a burst share one call. */
export const DELIVERY_DELAY = 50;
/** Pauses before a reader that could not be told is told again. */
export const RETRY: BackOff = { base: 100, cap: 30_000 };
/** How long an alarm waits for the readers that it told, ms: no alarm rings before the last one has returned. */
export const PUSH_WAIT = 100;

/** Most bytes of records in one slice or page, about: a call between Durable Objects may carry 32 MiB. */
export const PULL_BYTES = 4 * 1024 * 1024;
/** Most rows looked at for one slice or page, of whatever model, so that other calls of the partition get their turn: it takes 10 to 30 ms. */
export const LOOK_LIMIT = 1000;
/** Rows are loaded in windows: the first is small, since most slices are; each is twice the one before, up to this. */
export const FIRST_WINDOW = 32;
export const LAST_WINDOW = 128;

/**
 * Most feedback of one decision. Whoever joins a decision reads all of it, again with what comes next: without a bound, what each costs would grow
 * with those before it.
 */
export const MAX_FEEDBACK = 100;

/** Longest record, in bytes of UTF-8: a row of a Durable Object's SQLite holds at most 2 MB, and a record is not all of its row. */
export const MAX_RECORD_BYTES = 1_900_000;
