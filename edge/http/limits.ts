/** Bounds of HTTP, beside the reasons for them. */

/** How long a request's body may take to come, ms: slow networks are waited for, uploads that never end are not. */
export const BODY_TIMEOUT = 30_000;
