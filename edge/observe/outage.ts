/**
 * Whether an error is an outage: of storage, of an object, or of the way to it, and no fault of what was asked. It may go well at another time.
 * What the platform marks, it says by properties; what its parts say, in words alone:
 * https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retryable, durableObjectReset } = error as Error & Partial<Record<string, unknown>>;
  return retryable === true || durableObjectReset === true || isOverload(error) || OUTAGES.test(error.message);
}

/** What an object says of itself that has too much to do, before it does anything for a call. @param why such as how many calls it has. */
export const overloaded = (part: string, why: string): string => `${part} is overloaded: ${why}`;

/** Whether an object has too much to do, by its own words or the platform's. */
export const isOverload = (error: unknown): boolean =>
  error instanceof Error && ((error as { overloaded?: unknown }).overloaded === true || OVERLOAD.test(error.message));

const OVERLOAD = /\bis overloaded\b/;

/** Whether the storage of an object is at its end: SQLite says so of one that has all that it may have. */
export const isStorageFull = (error: unknown): boolean => error instanceof Error && /SQLITE_FULL/.test(error.message);

const OUTAGES = new RegExp(
  [
    // SQLite, by its own codes; a broken file, too.
    "SQLITE_",
    // What workerd does not tell: a commit that failed, for one.
    "internal error; reference",
    "Network connection lost",
    "Durable Object (reset|storage)",
    "exceeded its (memory|CPU|timeout)",
    "The (destination )?object has been (deleted|reset)",
    "broken\\.",
    // A partition of another (AWAY in log/messages.ts).
    "from before the log was split, and does not answer",
    // A file of the archive that is not in the store, or not what was written there: /health says which (log/lost-files.ts).
    "\\.parquet is not ",
    // An object that does not commit what is not as it must be (storage/invariants.ts).
    "has committed nothing: ",
    // R2 gives its codes in brackets, of which these are its own faults: https://developers.cloudflare.com/r2/api/error-codes/
    "\\((10001|10043|10048|10054|10058)\\)",
  ].join("|"),
  "i",
);
