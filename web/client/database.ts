import { KEYS, MemoryStores } from "./memory-stores.ts";
import type { Key, Range, Store, StoreName, Stores, Transaction } from "./stores.ts";
import { within } from "./within.ts";

/** How long IndexedDB is waited for that answers nothing, in ms: it may never answer, as behind a blocked deletion. Whoever waits behind others of this page is served in turn. */
const PATIENCE = 1500;
/** How long what failed is left alone, in ms. */
const PAUSE = 10_000;
const VERSION = 1;
const STORES: StoreName[] = ["outbox", "sessions", "events", "models", "artifacts", "meta"];

/**
 * How it is stored. `memory`: IndexedDB cannot be had, and what this page makes is kept in it alone. `full`: there is no room for more, and what finds
 * none is kept so.
 */
export type StorageState = "stored" | "memory" | "full";

/**
 * The SDK's IndexedDB database: one for each endpoint, shared by all of the origin's tabs. Whatever becomes of it, a transaction is carried out: in
 * memory where the browser's storage is refused, missing, of a newer or older layout, damaged, full, lost, or does not answer. It is tried again after a while.
 */
export class Database {
  readonly #name: string;
  readonly #changed: (state: StorageState, why: unknown) => void;
  readonly #allowed: () => boolean;
  readonly #memory = new MemoryStores();
  #opening: Promise<IDBDatabase> | undefined;
  #state: StorageState = "stored";
  /** Until when it counts as what it is, by performance.now(): what is small may still find room, and what had begun before may still end well. */
  #troubledUntil = 0;
  /** How often IndexedDB has answered. */
  #answers = 0;

  /** @param name Two databases of one name are one database. @param changed hears how it is stored when that has changed, and why. @param allowed whether the visitor lets us. */
  constructor(
    name: string,
    changed: (state: StorageState, why: unknown) => void = () => {},
    allowed: () => boolean = () => true,
  ) {
    this.#name = name;
    this.#changed = changed;
    this.#allowed = allowed;
  }

  get state(): StorageState {
    return this.#state;
  }

  /** Whether memory holds something that IndexedDB does not. */
  get holdsMore(): boolean {
    return !this.#memory.isEmpty;
  }

  /**
   * Carries `work` out in one transaction: all of it or nothing. Durability is relaxed: it is safe from a crash of the page or the browser, not from one
   * of the operating system in the next seconds; strict costs several milliseconds a decision.
   * @param work may be carried out twice, the second time in memory. `stored`: whether this is IndexedDB.
   * @throws what `work` throws of itself. Nothing is done then.
   */
  async run<T>(
    stores: StoreName[],
    mode: IDBTransactionMode,
    work: (tx: Transaction, stored: boolean) => Promise<T>,
  ): Promise<T> {
    const isTroubled = () => performance.now() < this.#troubledUntil;
    // What is in full storage can be read and sent all the same, which makes room.
    if (this.#allowed() && !(this.#state === "memory" && isTroubled()))
      try {
        const result = await this.#attempt(stores, mode, work);
        if ((this.#state === "memory" || mode === "readwrite") && !isTroubled()) this.#become("stored", null);
        return result;
      } catch (error) {
        // Whatever it is: scripts of others may have put something of theirs in IndexedDB's place. What `work` throws of itself it throws in memory again.
        const full = (error as Error | null)?.name === "QuotaExceededError";
        this.#troubledUntil = performance.now() + PAUSE;
        this.#become(full ? "full" : "memory", error);
      }
    return work(this.#memory, false);
  }

  /** Carries `work` out in memory alone. */
  inMemory<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return work(this.#memory);
  }

  /** Forgets all of it, in the browser and here. */
  async clear(): Promise<void> {
    const clear = (tx: Transaction) => Promise.all(STORES.map((name) => tx.store(name).clear()));
    await clear(this.#memory);
    await this.#attempt(STORES, "readwrite", clear).catch(() => {});
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening) (await within(PATIENCE, opening).catch(() => undefined))?.close();
  }

  #become(state: StorageState, why: unknown): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#changed(state, why);
  }

  async #attempt<T>(
    stores: StoreName[],
    mode: IDBTransactionMode,
    work: (tx: Transaction, stored: boolean) => Promise<T>,
  ): Promise<T> {
    let tx: IDBTransaction | undefined;
    let looked = this.#answers;
    let timer: ReturnType<typeof setInterval> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        if (looked === this.#answers) reject(new DOMException("no answer"));
        looked = this.#answers;
      }, PATIENCE);
    });
    const begin = async () => (await this.#open()).transaction(stores, mode, { durability: "relaxed" });
    const attempt = async () => {
      const begun = await begin().catch(() => {
        // It could not be opened before, or the connection was closed under us (another tab upgrades, the browser cleared the storage), or lost: open it again, once.
        this.#opening = undefined;
        return begin();
      });
      tx = begun;
      // Nobody waits for it any more: it is done in memory.
      if (!timer) begun.abort();
      // Each answer passes here on its way to who asked.
      begun.addEventListener("success", () => this.#answers++, true);
      const [result] = await Promise.all([
        work(storesOf(begun), true),
        new Promise<void>((resolve, reject) => {
          begun.oncomplete = () => resolve();
          begun.onabort = () => reject(begun.error ?? new DOMException());
        }),
      ]);
      return result;
    };
    try {
      return await Promise.race([attempt(), late]);
    } catch (error) {
      try {
        tx?.abort();
      } catch {
        // It has ended.
      }
      throw tx?.error ?? error;
    } finally {
      clearInterval(timer);
      timer = undefined;
    }
  }

  #open(): Promise<IDBDatabase> {
    this.#opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(this.#name, VERSION);
      request.onupgradeneeded = ({ oldVersion }) => {
        const db = request.result;
        if (oldVersion >= 1) return;
        for (const name of STORES)
          db.createObjectStore(name, {
            keyPath: KEYS[name],
            autoIncrement: name === "outbox",
          } as IDBObjectStoreParameters);
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const db = request.result;
        // A tab with newer code wants to upgrade: let it.
        db.onversionchange = () => db.close();
        db.onclose = () => {
          this.#opening = undefined;
        };
        resolve(db);
      };
    });
    return this.#opening;
  }
}

const storesOf = (tx: IDBTransaction): Transaction => ({
  store<Name extends StoreName>(name: Name): Store<Stores[Name]["key"], Stores[Name]["value"]> {
    const store = tx.objectStore(name);
    const made: Store<Key, unknown> = {
      get: (key) => answer(store.get(key)),
      getAll: (range, count) => answer(store.getAll(keyRange(range), count)),
      getAllKeys: (range) => answer(store.getAllKeys(keyRange(range)) as IDBRequest<Key[]>),
      put: (value, key) => answer(store.put(value, key)),
      add: (value) => answer(store.add(value) as IDBRequest<Key>),
      clear: () => answer(store.clear()),
      delete: (which) => answer(store.delete(keyRange(which))),
    };
    return made as unknown as Store<Stores[Name]["key"], Stores[Name]["value"]>;
  },
});

/** Keys stay what they are. */
const keyRange = (which: Range<Key> | Key | null | undefined): IDBKeyRange =>
  (typeof which === "object" && which && "from" in which
    ? IDBKeyRange.bound(which.from, which.to)
    : which) as IDBKeyRange;

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
