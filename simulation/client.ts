import type { ActivationRecord, DecisionRecord, FeedbackRecord } from "../shared/contract/record.ts";

/**
 * The client's own outbox, session and sync, as far as the simulation uses them. They are written for pages: their types need the DOM's, which do not go together with
 * workerd's. So they are loaded by their address, and described here.
 */

/** One of the client's databases; only the client knows what is in it. */
export interface Database {
  close(): Promise<void>;
}
export type Entry =
  | { kind: "decision"; record: DecisionRecord }
  | { kind: "feedback"; record: FeedbackRecord }
  | { kind: "activation"; record: ActivationRecord };
export interface Outbox {
  totals(): Promise<{ items: number }>;
  readonly known: { items: number };
}
export interface SessionStore {
  become(identity: { id: string; unit: string; next: number; issuedAt: undefined }, release: null): Promise<void>;
  takeDecisionId(): string;
  giveBack(id: string): void;
  row(): unknown;
}
export interface Sync {
  schedule(): void;
}
type Rejected = { kind: string; id: string; problem: string };

type Client = {
  Database: new (name: string) => Database;
  Outbox: new (database: Database, changed: () => void, unsent: object) => Outbox;
  Unsent: new () => object;
  putOut(outbox: Outbox, entries: readonly Entry[], session?: unknown): Promise<boolean>;
  Connection: new (endpoint: string, changed: (online: boolean) => void) => object;
  SessionStore: new (database: Database) => SessionStore;
  Sync: new (outbox: Outbox, connection: object, rejected: (event: Rejected) => void) => Sync;
};

const files = ["database", "outbox", "connection", "session-store", "sync", "unsent", "testing/put-out"];
const modules = await Promise.all(
  files.map((file) => import(new URL(`../web/client/${file}.ts`, import.meta.url).href)),
);
export const client: Client = Object.assign({}, ...modules);
