/** Bounds on what crosses a wire. Each is generous for real use and keeps one caller from exhausting a shared isolate. */

/** Longest request body, in bytes. A rank call with 1,000 actions of 30 features is about 600 kB. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Largest graph that is taken, in bytes: an isolate has 128 MB, and ONNX Runtime keeps a copy. */
export const MAX_GRAPH_BYTES = 64 * 1024 * 1024;
/** Longest decision id, in characters (DESIGN, rule 5). */
export const MAX_ID_LENGTH = 256;
/** Longest unit or session id. A session id leaves room in the decision id for `.<n>`. */
export const MAX_KEY_LENGTH = 128;
/**
 * Days from the issue of a session within which its decisions must arrive. A page may keep a session for its next start for a while, use it for some days, and
 * be off line for some more.
 */
export const SESSION_DAYS = 90;
/**
 * Days by which the log's time may differ from the clock by which a session's age was told at the door. The log's time never falls: a clock that was put forward by three days and back
 * leaves it ahead for thirty (edge/log/log-time.ts). What asks by the log's time for what the door let in reckons with so many days more on both sides. Not with more, since a caller's
 * own id in the form of an issued one is taken for one when its day is within: of ids drawn at random, one in 430 is.
 */
export const CLOCK_DAYS = 30;
/**
 * How long something of a session may come, ms: it is taken until the end of its last day, by clocks that may differ. So long it is remembered what a session drew, and what was erased, so that
 * whatever a page has kept of the time before is refused for the one reason or the other.
 */
export const SESSION_MEMORY = (SESSION_DAYS + 1 + CLOCK_DAYS) * 24 * 3_600_000;
/** Most sessions that one call issues. */
export const MAX_SESSIONS = 16;
/**
 * Longest string value of a feature or property, in UTF-16 code units: a message with its headers, in a body of 1 MiB whatever its script. The words of a longer text
 * would be more than MAX_FEATURES.
 */
export const MAX_STRING_LENGTH = 2 ** 18;
/** Most actions in one rank call. */
export const MAX_ACTIONS = 1000;
/** Most slots of a list that one rank call fills. */
export const MAX_SLOTS = 20;
/** Most session events kept for, or sent with, one decision; the oldest leave first. */
export const MAX_EVENTS = 1000;
/** Most properties on one object: an event, a context, an action. */
export const MAX_PROPERTIES = 256;
/** Most values of one list, in a property or a feature: vectors of texts and images, as models make them, have up to 1,024 numbers. */
export const MAX_LIST_VALUES = 1024;
/** Most decisions plus feedback in one batch. */
export const MAX_BATCH = 500;
/** Most features that the explanation of one score names. */
export const MAX_CONTRIBUTIONS = 20;
/** Most actions of one ranking that are explained, the first ones: an explanation has an object for every feature while it is made. */
export const MAX_EXPLAINED = 10;

/**
 * Most features of one action, interactions included: two lists of 64 strings make 4,096 of 1 kB, three 262,144, and a score has them all in memory
 * (12 bytes each, and some 200 while they are explained). An author's hundred numbers joined with a hundred others have 10,000.
 */
export const MAX_FEATURES = 2 ** 15;
/** Most features that one call's scores look at, of all actions, heads and slots together: a tenth to a fifth of a second. 1,000 actions may have 16,000 each. */
export const MAX_CALL_FEATURES = 2 ** 24;
/** Most features that one example's learners look at together, of all actions where they look at all: they have them in memory at once. */
export const MAX_LEARNED_FEATURES = 2 ** 20;
/** How many versions a page's socket can follow: their names fit into what a hibernating socket is kept with at the edge, 2,048 bytes. */
export const MAX_FOLLOWED = 24;
