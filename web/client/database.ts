import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import type { Manifest } from "../../shared/contract/manifest.ts";
import type { SessionEvent } from "../../shared/contract/record.ts";
import type { HeldSnapshot } from "./held-snapshot.ts";

/** The SDK's IndexedDB database: one for each endpoint, shared by all of the origin's tabs. */

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

interface Schema extends DBSchema {
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
}
type StoreName = "outbox" | "sessions" | "events" | "models" | "artifacts" | "meta";

const VERSION = 1;

export class Database {
  readonly #name: string;
  #opening: Promise<IDBPDatabase<Schema>> | undefined;

  /** @param name Two databases of one name are one database. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * A transaction. Durability is relaxed: it is safe from a crash of the page or the browser, not from one of the operating system in the
   * next seconds; strict costs several milliseconds a decision.
   */
  async transaction<Names extends StoreName[], Mode extends "readonly" | "readwrite">(
    stores: Names,
    mode: Mode,
  ): Promise<IDBPTransaction<Schema, Names, Mode>> {
    const open = async () => (await this.#open()).transaction(stores, mode, { durability: "relaxed" });
    return open().catch((error) => {
      // The connection was closed under us (another tab upgrades, the browser cleared the storage): open it again, once.
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
      this.#opening = undefined;
      return open();
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening)?.close();
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#opening ??= openDB<Schema>(this.#name, VERSION, {
      upgrade(db, from) {
        if (from < 1) {
          db.createObjectStore("outbox", { keyPath: "key", autoIncrement: true });
          db.createObjectStore("sessions", { keyPath: "id" });
          db.createObjectStore("events");
          db.createObjectStore("models", { keyPath: "model" });
          db.createObjectStore("artifacts");
          db.createObjectStore("meta");
        }
      },
      // A tab with newer code wants to upgrade: let it.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
      terminated: () => {
        this.#opening = undefined;
      },
    }).catch((error) => {
      this.#opening = undefined;
      throw new Error(`the browser's storage (IndexedDB) cannot be opened: ${error?.message ?? error}`);
    });
    return this.#opening;
  }
}
