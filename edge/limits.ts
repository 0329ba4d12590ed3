/** Bounds inside the edge. What callers may send is bounded in shared/contract/limits.ts. */

/** How long a completed example may lie before its learner hears of it, ms: lets a burst share one call. */
export const DELIVERY_DELAY = 50;
/** Longest pause before a delivery, or a learner's work, that failed is tried again, ms. */
export const MAX_RETRY_DELAY = 30_000;
/** Most waits closed in one transaction, so that other calls of the partition get their turn. */
export const CLOSE_LIMIT = 500;
/** Most bytes of records pulled at once; a call between Durable Objects may carry 32 MiB. */
export const PULL_BYTES = 4 * 1024 * 1024;
/** How old the Worker's snapshot of a model may be before a request makes it look for a newer one, ms. */
export const REFRESH_INTERVAL = 200;
/** How much longer the Worker goes on with the snapshot it has after it could not look for a newer one, ms. */
export const FAILED_REFRESH_PAUSE = 2000;
