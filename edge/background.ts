/** What waits for background work: Hono's execution context. */
export type Background = { waitUntil(promise: Promise<unknown>): void };
