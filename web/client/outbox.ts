import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import type { ActivationRecord, DecisionRecord, FeedbackRecord } from "../../shared/contract/record.ts";
import type { Database, OutboxItem, SessionRow, Totals } from "./database.ts";

/**
 * Most that waits for the edge: some days of one visitor off line. Beyond it new decisions and feedback are refused; what is there
 * stays, so nothing that was acknowledged to the caller is lost.
 */
const MAX_OUTBOX: Totals = { items: 50_000, bytes: 64 * 1024 * 1024 };
/** Bytes around the items of a batch. */
export const ENVELOPE_BYTES = 128;

/** Of an item that is not stored yet. Those of the store begin at 1. */
const NO_KEY = 0;

export type Entry =
  | { kind: "decision"; record: DecisionRecord }
  | { kind: "feedback"; record: FeedbackRecord }
  | { kind: "activation"; record: ActivationRecord };

/** Decisions and feedback, in IndexedDB from when they are made until the edge has acknowledged them. */
export class Outbox {
  readonly #database: Database;
  readonly #limit: Totals;
  readonly #changed: (totals: Totals) => void;
  /** What this page put in and nobody took out yet, and whether it is stored, which is when it has its key. */
  readonly #fresh = new Map<OutboxItem, Promise<unknown>>();

  constructor(database: Database, changed: (totals: Totals) => void, limit = MAX_OUTBOX) {
    this.#database = database;
    this.#changed = changed;
    this.#limit = limit;
  }

  /**
   * Resolves when the entries are stored, all or none. Decisions come with their session's row, stored in the same transaction: so
   * no crash can leave a decision in the outbox whose number the session would give again.
   * @throws Error when the outbox or the browser's storage is full, or when the edge would not take an entry this large.
   */
  async add(entries: readonly Entry[], session?: SessionRow): Promise<void> {
    const items = entries.map(toItem);
    const stored = this.#store(items, entries[0]!.kind, session);
    for (const item of items) this.#fresh.set(item, stored);
    try {
      await stored;
    } catch (error) {
      for (const item of items) this.#fresh.delete(item);
      throw error;
    }
  }

  /**
   * The oldest of what this page put in and is still there, as far as so many bytes. Also feedback and activations that are not stored yet; not
   * so decisions: nobody was told of them, and should they never be stored, others get their numbers.
   */
  fresh(bytes: number): OutboxItem[] {
    let size = 0;
    return [...this.#fresh.keys()].filter((item) => {
      if (item.kind === "decision" && item.key === NO_KEY) return false;
      size += item.size + 1;
      return size <= bytes;
    });
  }

  /** Resolves when such items are stored, or when it is clear that some cannot be. */
  async areStored(items: readonly OutboxItem[]): Promise<boolean> {
    await Promise.allSettled(items.map((item) => this.#fresh.get(item)));
    return items.every(({ key }) => key !== NO_KEY);
  }

  async #store(items: readonly OutboxItem[], what: Entry["kind"], session: SessionRow | undefined): Promise<void> {
    const tx = await this.#database.transaction(["outbox", "sessions", "meta"], "readwrite");
    const meta = tx.objectStore("meta");
    const before = ((await meta.get("outbox")) as Totals | undefined) ?? { items: 0, bytes: 0 };
    const totals = {
      items: before.items + items.length,
      bytes: items.reduce((sum, { size }) => sum + size, before.bytes),
    };
    if (totals.items > this.#limit.items || totals.bytes > this.#limit.bytes) {
      tx.done.catch(() => {});
      tx.abort();
      throw new Error(
        `the outbox is full (${before.items} items, ${before.bytes} bytes): they wait for the edge; no new ${what} is taken until it can be reached`,
      );
    }
    try {
      const [keys] = await Promise.all([
        // The store makes the key.
        Promise.all(items.map(({ key: _, ...item }) => tx.objectStore("outbox").add(item as OutboxItem))),
        meta.put(totals, "outbox"),
        session && tx.objectStore("sessions").put(session),
        tx.done,
      ]);
      for (const [i, key] of keys.entries()) items[i]!.key = key;
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError")
        throw new Error(`the browser's storage is full: the ${what} could not be kept`);
      throw error;
    }
    this.#changed(totals);
  }

  /**
   * The oldest items: at least one if there is one, else at most `items` in number and `bytes` in size.
   * @param without keys of items that are passed over.
   */
  async oldest(items: number, bytes: number, without: ReadonlySet<number> = new Set()): Promise<OutboxItem[]> {
    const tx = await this.#database.transaction(["outbox"], "readonly");
    const all = await tx.objectStore("outbox").getAll(null, items + without.size);
    const list = all.filter(({ key }) => !without.has(key)).slice(0, items);
    let size = 0;
    const end = list.findIndex((item, i) => {
      size += item.size + 1;
      return i > 0 && size > bytes;
    });
    return end < 0 ? list : list.slice(0, end);
  }

  /** Takes items out. Those that are out already (another tab was quicker) do not count. */
  async remove(items: readonly OutboxItem[]): Promise<void> {
    if (items.length === 0) return;
    const sizes = new Map(items.map((item) => [item.key, item.size]));
    for (const item of this.#fresh.keys()) if (sizes.has(item.key)) this.#fresh.delete(item);
    const tx = await this.#database.transaction(["outbox", "meta"], "readwrite");
    const outbox = tx.objectStore("outbox");
    const meta = tx.objectStore("meta");
    const [there, before] = await Promise.all([
      outbox.getAllKeys(IDBKeyRange.bound(items[0]!.key, items.at(-1)!.key)),
      meta.get("outbox") as Promise<Totals | undefined>,
    ]);
    const totals = before ?? { items: 0, bytes: 0 };
    const deleted: Promise<void>[] = [];
    for (const key of there) {
      const size = sizes.get(key);
      if (size === undefined) continue;
      totals.items--;
      totals.bytes -= size;
      deleted.push(outbox.delete(key));
    }
    await Promise.all([...deleted, meta.put(totals, "outbox"), tx.done]);
    this.#changed(totals);
  }

  async totals(): Promise<Totals> {
    const tx = await this.#database.transaction(["meta"], "readonly");
    const totals = ((await tx.objectStore("meta").get("outbox")) as Totals | undefined) ?? { items: 0, bytes: 0 };
    this.#changed(totals);
    return totals;
  }
}

function toItem({ kind, record }: Entry): OutboxItem {
  const body = JSON.stringify(record);
  const size = new TextEncoder().encode(body).length;
  if (size > MAX_BODY_BYTES - ENVELOPE_BYTES)
    throw new Error(`the ${kind} is ${size} bytes: the edge takes at most ${MAX_BODY_BYTES - ENVELOPE_BYTES}`);
  return { key: NO_KEY, kind, id: record.id, body, size };
}
