import { eventsOf, type HandedOver } from "./session-store.ts";
import type { Transactions } from "./stores.ts";

/** What is stored of a session; undefined when there is none of this id and unit. The caller must have claimed it. */
export async function storedSession(database: Transactions, id: string, unit: string): Promise<HandedOver | undefined> {
  const [row, keys, events] = await database.run(["sessions", "events"], "readonly", (tx) =>
    Promise.all([
      tx.store("sessions").get(id),
      tx.store("events").getAllKeys(eventsOf(id)),
      tx.store("events").getAll(eventsOf(id)),
    ]),
  );
  return row?.unit === unit ? { ...row, events, first: keys[0]?.[1] ?? 0 } : undefined;
}

/** Forgets a session: it cannot be restored. Feedback for its decisions is still taken. */
export const deleteSession = (database: Transactions, id: string): Promise<unknown> =>
  database.run(["sessions", "events"], "readwrite", (tx) =>
    Promise.all([tx.store("sessions").delete(id), tx.store("events").delete(eventsOf(id))]),
  );
