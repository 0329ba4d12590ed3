/** Bounds of HTTP, beside the reasons for them. */

/** How long a request's body may take to come, ms: slow networks are waited for, uploads that never end are not. */
export const BODY_TIMEOUT = 30_000;
/** A body that is so much over its time was kept waiting by the edge, ms, and not by its sender. */
export const LATE_TIMER = 1000;

/** A call that is not through after so long was ended by the platform, ms: no work takes that long, and no body may. */
const LONGEST = 120_000;
/**
 * Calls that are worked on at once in an isolate, and the bytes of their bodies. An isolate does a few hundred calls a second: so many are done in
 * about half a second. What a call makes of its body is several times as large, and an isolate has 128 MB.
 */
export const WORKING = {
  calls: { high: 200, low: 150 },
  bytes: { high: 8 * 1024 * 1024, low: 6 * 1024 * 1024 },
  longest: LONGEST,
};
/**
 * Of those so many have the thread at once: together that is some 20 ms, after which what has come meanwhile is read, and enough that they share commits. Who is worked on for longer
 * than `working`, ms, waits for an object or the store. 200 calls are done in a third of a second; on a machine that is slow, or has no time, nobody waits for more than `patience`.
 */
export const LINE = { most: 16, working: 100, late: { high: 500, low: 250 }, patience: 1500, look: 25 };
/** Bodies on their way at once, and the bytes that they announce: they are held while they come. */
export const ARRIVING = {
  calls: { high: 1000, low: 800 },
  bytes: { high: 32 * 1024 * 1024, low: 24 * 1024 * 1024 },
  longest: LONGEST,
};
/** After about how many seconds who found the isolate full may try again. */
export const FULL_RETRY = 2;
/** Least time between two lines that say that an isolate is full, ms. */
export const FULL_LINE_INTERVAL = 10_000;

/** Most keys, addresses and sessions whose rates an isolate remembers, of each; some 150 bytes each. */
export const MAX_BUCKETS = 20_000;
/** A key may use up so many seconds of its rate at once. */
export const KEY_BURST = 10;
/** Calls from one address: there may be a whole company behind it. */
export const ADDRESS_RATE = { perSecond: 100, burst: 1000 };
/** Decisions, feedback and activations of one session: somebody's clicks for hours on end, and at once what a page kept over a day off line. */
export const SESSION_RATE = { perSecond: 20, burst: 5000 };
/** Sampled traces that an isolate writes down: each is some ten lines of structured output. Of others the answer says that they are not sampled. */
export const SAMPLED_RATE = { perSecond: 10, burst: 100 };
