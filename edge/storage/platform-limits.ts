/**
 * What Cloudflare says an object can hold and carry. workerd on one's own machine keeps none of it, so tests must.
 * https://developers.cloudflare.com/durable-objects/platform/limits/
 */

/** Most bytes of SQLite of an object. */
export const MAX_OBJECT_BYTES = 10_000_000_000;
/** Most bytes of a string, a BLOB or a row of a Durable Object's SQLite. */
export const MAX_ROW_BYTES = 2_000_000;
/** Most bound parameters of one of its statements. */
export const MAX_BOUND_PARAMETERS = 100;
/** Most bytes that one call between Worker and objects carries. https://developers.cloudflare.com/workers/runtime-apis/rpc/ */
export const MAX_RPC_BYTES = 32 * 1024 * 1024;
