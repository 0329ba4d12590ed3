/** Bounds inside the edge. What callers may send is bounded in shared/contract/limits.ts. */

/** How long a completed example may lie before its learner hears of it, ms: lets a burst share one call. */
export const DELIVERY_DELAY = 50;
/** How long a partition waits for its learner at most, ms: the learner may have all of a log to learn first. */
export const ADVANCE_WAIT = 1000;
/** Pause before a learner tries again what failed, ms; it doubles with every failure. */
export const RETRY_DELAY = 500;
/** Longest pause before a delivery, or a learner's work, that failed is tried again, ms. */
export const MAX_RETRY_DELAY = 30_000;
/** Most waits closed in one transaction, so that other calls of the partition get their turn. */
export const CLOSE_LIMIT = 500;
/** Most examples pulled at once; learning a slice takes tens of milliseconds. */
export const PULL_LIMIT = 500;
/** Most bytes of records pulled at once; a call between Durable Objects may carry 32 MiB. */
export const PULL_BYTES = 4 * 1024 * 1024;
/** Least time between two publications of a model, ms. */
export const PUBLICATION_INTERVAL = 250;
/** A publication may take at most this part of the learner's time, so that big models do not saturate it. */
export const PUBLICATION_SHARE = 1 / 10;
/** How many of a model's newest snapshots stay in the artifact store. */
export const KEPT_SNAPSHOTS = 100;
/** Size of one chunk of a learner's state; a row of a Durable Object's SQLite holds at most 2 MB. */
export const STATE_CHUNK_BYTES = 900_000;
/** How old the Worker's snapshot of a model may be before a request makes it look for a newer one, ms. */
export const REFRESH_INTERVAL = 200;
/** How much longer the Worker goes on with the snapshot it has after it could not look for a newer one, ms. */
export const FAILED_REFRESH_PAUSE = 2000;
