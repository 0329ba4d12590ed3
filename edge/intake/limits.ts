/** Bounds of what comes in, beside the reasons for them. What callers may send is bounded in shared/contract/limits.ts. */

/** Deepest nesting of JSON. The schemas need 6 levels; more than this would only exhaust the stack of whoever walks it. */
export const MAX_JSON_DEPTH = 32;
/** Most places named in one problem document: enough to mend a caller, too little to amplify a bad body. */
export const MAX_PROBLEM_ERRORS = 20;
/** Most characters of the records that one call with places makes; a call to a Durable Object may carry 32 MiB, at two bytes each. */
export const MAX_CALL_CHARACTERS = 15 * 1024 * 1024;
