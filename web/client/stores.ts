import type { Manifest } from "../../shared/contract/manifest.ts";
import type { SessionEvent } from "../../shared/contract/record.ts";
import type { HeldSnapshot } from "./held-snapshot.ts";

/** What a page stores, and what a transaction asks of where it is stored: of IndexedDB, or of memory where that cannot be had. */

export type OutboxItem = {
  key: number;
  kind: "decision" | "feedback" | "activation";
  /** Id of the decision. */
  id: string;
  /** The record as JSON, as it will be sent. */
  body: string;
  /** Bytes of `body` in UTF-8. */
  size: number;
};
export type Totals = { items: number; bytes: number };
export type SessionRow = {
  id: string;
  unit: string;
  /** The number of the next decision. */
  next: number;
  /** ms since the epoch; decides when the row may go. */
  usedAt: number;
  /** When the edge issued it; undefined of a session of the page's own, and of those of before. */
  issuedAt?: number | undefined;
};
/** An issued session that is not used yet, and when it was issued, by this machine's clock. */
export type SpareSession = { id: string; at: number };

/** What a model last decided with, and where its snapshots are. */
export type KeptModel = { manifest: Manifest; held: HeldSnapshot[] };

export type Stores = {
  /** What the edge has not acknowledged, in the order in which it was made. */
  outbox: { key: number; value: OutboxItem };
  sessions: { key: string; value: SessionRow };
  /** Events of the sessions by session and position. */
  events: { key: [session: string, position: number]; value: SessionEvent };
  /** The manifest of what each model last decided with, and what of `artifacts` that is. Pages of before kept no `held`. */
  models: { key: string; value: Manifest & { held?: HeldSnapshot[] } };
  /** Bytes of snapshots and graphs by their SHA-256. */
  artifacts: { key: string; value: Uint8Array<ArrayBuffer> };
  meta: { key: string; value: unknown };
};
export type StoreName = keyof Stores;
export type Key = Stores[StoreName]["key"];

/** Keys from one to another, both of them in it. */
export type Range<K> = { from: K; to: K };

export interface Store<K, V> {
  get(key: K): Promise<V | undefined>;
  getAll(range?: Range<K> | null, count?: number): Promise<V[]>;
  getAllKeys(range?: Range<K> | null): Promise<K[]>;
  put(value: V, key?: K): Promise<unknown>;
  /** Of stores that make their keys. */
  add(value: Omit<V, "key">): Promise<K>;
  delete(which: K | Range<K>): Promise<unknown>;
  clear(): Promise<unknown>;
}

/** Nothing but its own stores is to be waited for in a transaction: it ends when it has nothing to do. */
export interface Transaction {
  store<Name extends StoreName>(name: Name): Store<Stores[Name]["key"], Stores[Name]["value"]>;
}

/** Where it is stored, as far as whoever stores something knows of it (database.ts). */
export interface Transactions {
  run<T>(stores: StoreName[], mode: IDBTransactionMode, work: (tx: Transaction) => Promise<T>): Promise<T>;
}
