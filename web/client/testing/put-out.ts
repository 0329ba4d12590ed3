import type { Outbox } from "../outbox.ts";
import type { SessionRow } from "../stores.ts";
import { type Entry, toItem } from "../unsent.ts";

/** Puts entries into an outbox, as a client does (core.ts). @throws TypeError when the edge would not take an entry this large. */
export function putOut(outbox: Outbox, entries: readonly Entry[], session?: SessionRow): Promise<boolean> {
  const items = entries.map(toItem);
  return outbox.unsent.put(items, outbox.store(items, session));
}
