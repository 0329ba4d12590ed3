/**
 * What the platform publishes of its limits and prices (Workers Paid plan), each with where it stands. All were read on 2026-11-29; look them up before you reckon with them.
 */

const DOCS = "https://developers.cloudflare.com";

export const READ_ON = "2026-11-29";

export type Published = { value: number; unit: string; at: string };
const published = (value: number, unit: string, path: string): Published => ({ value, unit, at: `${DOCS}${path}` });

export const LIMITS = {
  objectWrites: published(
    500,
    "requests/s with storage writes, the upper end of 200 to 500",
    "/durable-objects/best-practices/rules-of-durable-objects/#message-throughput-limits",
  ),
  objectRequests: published(
    1000,
    "requests/s of an object (soft)",
    "/durable-objects/platform/limits/#how-much-work-can-a-single-durable-object-do",
  ),
  objectStorage: published(10e9, "bytes of SQLite of an object", "/durable-objects/platform/limits/"),
  row: published(2e6, "bytes of a row or value", "/durable-objects/platform/limits/"),
  sockets: published(32_768, "hibernating WebSockets of an object", "/durable-objects/api/state/#acceptwebsocket"),
  memory: published(128e6, "bytes of an isolate, whatever objects share it", "/workers/platform/limits/#memory"),
  cpu: published(
    30_000,
    "ms of CPU a request or alarm (default; 5 minutes with limits.cpu_ms)",
    "/durable-objects/platform/limits/",
  ),
  subrequests: published(10_000, "subrequests of a request", "/workers/platform/limits/#subrequests"),
  keyWrites: published(1, "writes/s to one R2 key", "/r2/platform/limits/"),
} as const;

/** `included`: a month. `price`: dollars a unit beyond. */
export type Price = { included: number; price: number; unit: string; at: string };
const price = (included: number, dollars: number, per: number, unit: string, path: string): Price => ({
  included,
  price: dollars / per,
  unit,
  at: `${DOCS}${path}`,
});

export const PRICES = {
  workerRequests: price(10e6, 0.3, 1e6, "requests to the Worker", "/workers/platform/pricing/"),
  workerCpu: price(30e6, 0.02, 1e6, "ms of CPU of the Worker", "/workers/platform/pricing/"),
  objectRequests: price(
    1e6,
    0.15,
    1e6,
    "requests to objects (calls, alarms, sockets opened)",
    "/durable-objects/platform/pricing/",
  ),
  objectDuration: price(400_000, 12.5, 1e6, "GB-s of objects", "/durable-objects/platform/pricing/"),
  rowsWritten: price(
    50e6,
    1,
    1e6,
    "rows written (indexes, deletes and alarms count)",
    "/durable-objects/platform/pricing/",
  ),
  rowsRead: price(25e9, 0.001, 1e6, "rows read", "/durable-objects/platform/pricing/"),
  objectStorage: price(5, 0.2, 1, "GB-months in SQLite", "/durable-objects/platform/pricing/"),
  storeWrites: price(1e6, 4.5, 1e6, "R2 writes (class A)", "/r2/pricing/"),
  storeReads: price(10e6, 0.36, 1e6, "R2 reads (class B)", "/r2/pricing/"),
  storeStorage: price(10, 0.015, 1, "GB-months in R2", "/r2/pricing/"),
} as const satisfies Record<string, Price>;

/** GB that an object is billed for while it is awake, whatever it uses. */
export const OBJECT_MEMORY_GB = 0.128;
