import type { Database } from "./database.ts";
import type { OutboxItem, SessionRow, Totals, Transaction } from "./stores.ts";
import type { Unsent } from "./unsent.ts";

/** Most that waits for the edge: some days of one visitor off line. */
const MAX_OUTBOX: Totals = { items: 50_000, bytes: 64 * 1024 * 1024 };
/** The same of what memory holds, which is a page's own. */
const MAX_MEMORY: Totals = { items: 2_000, bytes: 8 * 1024 * 1024 };
const NOTHING: Totals = { items: 0, bytes: 0 };
/** Decisions and feedback, in the browser's storage from when they are made until the edge has acknowledged them. */
export class Outbox {
  readonly #database: Database;
  readonly #limit: Totals;
  readonly #changed: () => unknown;
  /** What is in IndexedDB, as far as this page knows, and what memory holds instead. */
  readonly #totals = { stored: NOTHING, memory: NOTHING };
  /** What this page put in and nobody took out yet. */
  readonly unsent: Unsent;
  #full = false;

  /** @param changed hears when what waits has changed, as far as this page knows. */
  constructor(database: Database, changed: () => unknown, unsent: Unsent, limit = MAX_OUTBOX) {
    this.#database = database;
    this.#changed = changed;
    this.#limit = limit;
    this.unsent = unsent;
  }

  /** Whether there was no room for what came last. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Why what is in storage cannot be had now, if anything is. */
  get cutOff(): string | false {
    return this.#database.state === "memory" && this.#totals.stored.items > 0 && "storage says nothing";
  }

  /**
   * Stores items, all or none. Decisions come with their session's row, stored in the same transaction: so no crash can leave a decision in the outbox whose
   * number the session would give again.
   * @returns whether there was room. What finds none is dropped: what is there stays, as somebody was told that it is kept.
   */
  async store(items: readonly OutboxItem[], session: SessionRow | undefined): Promise<boolean> {
    const kept = await this.#database.run(["outbox", "sessions", "meta"], "readwrite", async (tx, stored) => {
      const before = await totalsIn(tx);
      this.#tell(before, stored);
      const totals = {
        items: before.items + items.length,
        bytes: items.reduce((sum, { size }) => sum + size, before.bytes),
      };
      this.#full = this.#isOver(totals, stored);
      if (this.#full) return null;
      const outbox = tx.store("outbox");
      const [keys] = await Promise.all([
        // The store makes the key.
        Promise.all(items.map(({ key: _, ...item }) => outbox.add(item))),
        tx.store("meta").put(totals, "outbox"),
        session && tx.store("sessions").put(session),
      ]);
      for (const [i, key] of keys.entries()) items[i]!.key = key;
      return [totals, stored] as const;
    });
    // Not before it is stored: where there proves to be no room, it is done again in memory.
    if (kept) this.#tell(...kept);
    return kept !== null;
  }

  /**
   * The oldest items: at least one if there is one, else at most `items` in number and `bytes` in size.
   * @param without keys of items that are passed over.
   */
  async oldest(items: number, bytes: number, without: ReadonlySet<number> = new Set()): Promise<OutboxItem[]> {
    const read = (tx: Transaction) => tx.store("outbox").getAll(null, items + without.size);
    const all = await this.#database.run(["outbox"], "readonly", read);
    if (this.#database.holdsMore) {
      const known = new Set(all.map(({ key }) => key));
      all.push(...(await this.#database.inMemory(read)).filter(({ key }) => !known.has(key)));
    }
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
    for (const item of this.unsent.items.keys()) if (sizes.has(item.key)) this.unsent.items.delete(item);
    const keys = [...sizes.keys()];
    const range = { from: Math.min(...keys), to: Math.max(...keys) };
    const take = async (tx: Transaction, stored: boolean): Promise<void> => {
      const outbox = tx.store("outbox");
      const [there, totals] = await Promise.all([outbox.getAllKeys(range), totalsIn(tx)]);
      const deleted: Promise<unknown>[] = [];
      for (const key of there) {
        const size = sizes.get(key);
        if (size === undefined) continue;
        totals.items--;
        totals.bytes -= size;
        deleted.push(outbox.delete(key));
      }
      await Promise.all([...deleted, tx.store("meta").put(totals, "outbox")]);
      this.#full = false;
      this.#tell(totals, stored);
    };
    await this.#database.run(["outbox", "meta"], "readwrite", take);
    if (this.#database.holdsMore) await this.#database.inMemory((tx) => take(tx, false));
  }

  /** What waits, wherever it does. */
  async totals(): Promise<Totals> {
    const read = async (tx: Transaction, stored: boolean) => this.#tell(await totalsIn(tx), stored);
    await this.#database.run(["meta"], "readonly", read);
    return this.known;
  }

  /** Forgets all that memory holds of it. */
  clear(): void {
    this.unsent.clear();
    this.#totals.stored = this.#totals.memory = NOTHING;
    this.#changed();
  }

  #isOver({ items, bytes }: Totals, stored: boolean): boolean {
    const limit = stored ? this.#limit : MAX_MEMORY;
    return items > limit.items || bytes > limit.bytes;
  }

  #tell(totals: Totals, stored: boolean): void {
    this.#totals[stored ? "stored" : "memory"] = { ...totals };
    this.#changed();
  }

  /** What waits, as far as this page knows. */
  get known(): Totals {
    const { stored, memory } = this.#totals;
    return { items: stored.items + memory.items, bytes: stored.bytes + memory.bytes };
  }
}

const totalsIn = async (tx: Transaction): Promise<Totals> => ({
  ...(((await tx.store("meta").get("outbox")) as Totals | undefined) ?? NOTHING),
});
