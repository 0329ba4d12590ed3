/** Bounds on what crosses a wire. Each is generous for real use and keeps one caller from exhausting a shared isolate. */

/** Longest request body, in bytes. A rank call with 1,000 actions of 30 features is about 600 kB. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Longest decision id, in characters (DESIGN, rule 5). */
export const MAX_ID_LENGTH = 256;
/** Longest unit or session id. A session id leaves room in the decision id for `.<n>`. */
export const MAX_KEY_LENGTH = 128;
/** Longest string value of a feature or property. */
export const MAX_STRING_LENGTH = 1024;
/** Most actions in one rank call. */
export const MAX_ACTIONS = 1000;
/** Most slots of a list that one rank call fills. */
export const MAX_SLOTS = 20;
/** Most session events kept for, or sent with, one decision; the oldest leave first. */
export const MAX_EVENTS = 1000;
/** Most properties on one object: an event, a context, an action. */
export const MAX_PROPERTIES = 256;
/** Most decisions plus feedback in one batch. */
export const MAX_BATCH = 500;
/** Most features that the explanation of one score names. */
export const MAX_CONTRIBUTIONS = 20;
