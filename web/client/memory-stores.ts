import type { Key, Range, Store, StoreName, Stores, Transaction } from "./stores.ts";

/** What is stored while the browser's storage cannot be had: in this page, for as long as it lives. */
export class MemoryStores implements Transaction {
  readonly #stores = new Map<StoreName, MemoryStore>();

  get isEmpty(): boolean {
    return (this.#stores.get("outbox")?.size ?? 0) === 0;
  }

  store<Name extends StoreName>(name: Name): Store<Stores[Name]["key"], Stores[Name]["value"]> {
    const store = this.#stores.get(name) ?? new MemoryStore(KEYS[name]);
    this.#stores.set(name, store);
    return store as unknown as Store<Stores[Name]["key"], Stores[Name]["value"]>;
  }
}

/** Fields that are the key of what has none beside it. */
export const KEYS: Partial<Record<StoreName, string>> = { outbox: "key", sessions: "id", models: "model" };

type Row = { key: Key; value: unknown };

class MemoryStore implements Store<Key, unknown> {
  readonly #field: string | undefined;
  readonly #rows = new Map<string, Row>();
  /** Keys that IndexedDB, which counts from 1, and other pages will not come to. */
  #next = Math.floor(2 ** 40 * (1 + Math.random()));

  constructor(field: string | undefined) {
    this.#field = field;
  }

  get size(): number {
    return this.#rows.size;
  }

  async get(key: Key): Promise<unknown> {
    return this.#rows.get(JSON.stringify(key))?.value;
  }

  async getAll(range?: Range<Key> | null, count?: number): Promise<unknown[]> {
    return this.#within(range)
      .slice(0, count)
      .map(({ value }) => value);
  }

  async getAllKeys(range?: Range<Key> | null): Promise<Key[]> {
    return this.#within(range).map(({ key }) => key);
  }

  async put(value: unknown, key: Key = (value as Record<string, Key>)[this.#field!]!): Promise<unknown> {
    this.#rows.set(JSON.stringify(key), { key, value });
    return key;
  }

  async add(value: object): Promise<Key> {
    const key = this.#next++;
    await this.put({ ...value, [this.#field!]: key }, key);
    return key;
  }

  async delete(which: Key | Range<Key>): Promise<void> {
    if (typeof which === "object" && "from" in which)
      for (const { key } of this.#within(which)) this.#rows.delete(JSON.stringify(key));
    else this.#rows.delete(JSON.stringify(which));
  }

  async clear(): Promise<void> {
    this.#rows.clear();
  }

  #within(range: Range<Key> | null | undefined): Row[] {
    const rows = [...this.#rows.values()].sort((a, b) => compare(a.key, b.key));
    return range ? rows.filter(({ key }) => compare(range.from, key) <= 0 && compare(key, range.to) <= 0) : rows;
  }
}

/** As IndexedDB orders keys of one kind. */
function compare(a: Key, b: Key): number {
  if (Array.isArray(a) && Array.isArray(b)) return compare(a[0], b[0]) || compare(a[1], b[1]);
  return a < b ? -1 : Number(a > b);
}
