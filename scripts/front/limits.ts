/** Bounds of the front, beside the reasons for them. Times are ms. */

/**
 * Calls that workerd has at once. It has one thread, so more only wait in there, where nobody can send them away; fewer than `least` leave it idle while commits are on their way
 * to the disk. Between the two it is as many as are answered within `latency` by half, and so fewer on a slower machine.
 */
export const INSIDE = { least: 8, most: 64, latency: 150 };
/** Who is in there for longer waits for an object or the disk, and not for the thread: it holds up nobody, up to so many. */
export const SLOW = { after: 500, most: 192 };

/**
 * How long who comes now may have to wait. A burst (`burst`) passes; in a line that has not been empty for `standing` all would wait so long for nothing, so there it is `high`. Who
 * is sent away is so until it is under `low`: that does not change with every call. Nobody waits for longer than `patience`, whatever was reckoned.
 */
export const WAIT = { low: 600, high: 900, burst: 1200, standing: 1000, patience: 1500 };
/** How often it is looked who has waited for too long. */
export const TICK = 50;

/** What is no call (pages, their scripts, preflights) has a line of its own, so that a page is there when calls are too many: it costs a tenth of a call. */
export const PAGES_INSIDE = { least: 4, most: 16, latency: 150 };

/**
 * Bodies that are read whole before their calls stand in line, so that no sender who is slow has a place in it: thousands of slow ones at once, or 64 of the largest that a call may have.
 * Larger ones, and those of unknown length, stream.
 */
export const GATHERING = {
  calls: { high: 4000, low: 3000 },
  bytes: { high: 64 * 1024 * 1024, low: 48 * 1024 * 1024 },
  longest: 120_000,
};
/** Bodies that stream at once: graphs that are deployed. workerd gives up what does not come. */
export const MAX_STREAMS = 32;
/** For how long the rest of a body is read whose request is answered already. */
export const LINGER = 2000;

/** Connections, each one file here, and one more in workerd if it is a page's socket: both processes have 20,000 or more. At nine tenths of them idle ones are closed. */
export const MAX_CONNECTIONS = 8000;
/** How long an idle connection is kept: longer than proxies keep theirs (60 s), so that it is them who close it. */
export const KEEP_ALIVE = 75_000;
/** How long the head of a request may take to come. */
export const HEAD_TIMEOUT = 20_000;
/**
 * How long a connection to workerd is kept that nobody uses. workerd closes one after 5 s (pipelineTimeout of kj's HttpServerSettings); whatever is sent over it in that moment has no answer, and whether it was read nobody
 * knows. On a busy machine either side's timers are late by a second.
 */
export const IDLE = 1000;
/** After so long without an answer workerd has none. */
export const ANSWER_TIMEOUT = 120_000;

/** While calls wait, /health is answered by what was seen so lately, and workerd, which has one thread, is not asked: it is looked every LOOK_INTERVAL then. */
export const HEALTH_FRESH = 2000;
/** How long /health waits for workerd, while calls wait and nothing was seen lately, before it is answered by what is older. */
export const HEALTH_WAIT = 50;
/** How old that may be. */
export const HEALTH_AGE = 10_000;
/** How long it is waited for where nothing was seen lately; then workerd does not answer. */
export const HEALTH_PATIENCE = 5000;
/** How often it is looked while calls wait, or somebody asks. */
export const LOOK_INTERVAL = 1000;
/** Questions after health, or for metrics, that workerd has at once. */
export const MAX_ASKS = 8;

/** After about how many seconds who was sent away may come again. */
export const RETRY = 2;
/** Least time between two lines that say that calls are sent away. */
export const LINE_INTERVAL = 10_000;

/** Origins that answers lately allowed, and for how long that is so: an origin's last key may be revoked. */
export const ORIGINS = { most: 1000, age: 600_000 };
