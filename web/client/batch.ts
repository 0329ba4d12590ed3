import type { List } from "../../shared/contract/envelope.ts";
import { ENVELOPE_FORMAT } from "../../shared/contract/format.ts";
import { now } from "./clock.ts";
import type { OutboxItem } from "./stores.ts";
import { ENVELOPE_BYTES, type Unsent } from "./unsent.ts";

/** Browsers let requests of at most 64 KiB in all outlive their page. */
const KEEPALIVE_BYTES = 60_000;
export const BATCH_TIMEOUT = 30_000;

export const kinds = { decisions: "decision", feedback: "feedback", activations: "activation" } as const;

export const ofKind = (items: readonly OutboxItem[], kind: OutboxItem["kind"]) =>
  items.filter((item) => item.kind === kind);

/** The body of POST /v1/batch, around records that are JSON already. */
export function batchBody(items: readonly OutboxItem[]): string {
  const lists = (Object.keys(kinds) as List[]).map(
    (list) =>
      `"${list}":[${ofKind(items, kinds[list])
        .map(({ body }) => body)
        .join()}]`,
  );
  return `{"format":${ENVELOPE_FORMAT},"sentAt":${now()},${lists}}`;
}

/**
 * Sends the oldest of what a page made, as far as it may, in a request that outlives the page, which may be about to go. They go as they are, since compressing takes turns of the event loop, of which such a page has
 * none left; and as text with the key in the address, since it is not there either for what a browser asks another origin before it sends JSON or a header.
 */
export async function sendAtOnce(
  { endpoint, key }: { endpoint: string; key?: string | undefined },
  unsent: Unsent,
): Promise<{ items: OutboxItem[]; response: Response } | undefined> {
  const items = unsent.oldest(KEEPALIVE_BYTES - ENVELOPE_BYTES);
  if (items.length === 0) return undefined;
  const response = await fetch(`${endpoint}/v1/batch${key === undefined ? "" : `?key=${key}`}`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: batchBody(items),
    keepalive: true,
    signal: AbortSignal.timeout(BATCH_TIMEOUT),
  });
  return { items, response };
}
