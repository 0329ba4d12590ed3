import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { Actor } from "./actor.ts";
import { World } from "./world.ts";

/** What fake-indexeddb has of a database, as far as a crash must know it. */
type RawTransaction = { _state: string; _rollbackLog: (() => void)[] };
type RawDatabase = { transactions: RawTransaction[]; connections: unknown[] };
type RawFactory = { _databases: Map<string, RawDatabase> };

const newFactory = (): RawFactory => new IDBFactory() as unknown as RawFactory;

/** A browser of one tab: what it stores stays when the tab ends. */
export class Browser {
  #factory = newFactory();
  /** Whether it reaches anybody. */
  online = true;

  get indexedDB(): unknown {
    return this.#factory;
  }

  /** The tab has ended: transactions that were not over have never been, and nobody is connected. */
  closed(): void {
    const { _databases: databases } = this.#factory;
    for (const raw of databases.values()) {
      for (const transaction of raw.transactions.toReversed()) {
        if (transaction._state === "finished") continue;
        for (const undo of transaction._rollbackLog.toReversed()) undo();
        transaction._state = "finished";
      }
      raw.transactions = [];
      raw.connections = [];
    }
    // Who waited for a connection has ended, too.
    this.#factory = newFactory();
    this.#factory._databases = databases;
  }
}

/** A tab, from its load to its end. */
export class Tab extends Actor {
  readonly browser: Browser;

  constructor(name: string, browser: Browser) {
    super(name);
    this.browser = browser;
  }

  override end(): void {
    super.end();
    this.browser.closed();
  }
}

/** Puts what pages have in place: each tab its browser's storage. Without locks, as where there is no https: there is one tab a browser. */
export function replaceBrowserGlobals(): void {
  const factory = () => (World.current.actor as Tab).browser.indexedDB;
  Object.defineProperty(globalThis, "indexedDB", { get: factory, configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  // Compressing takes turns of the real event loop, in which the simulated world stands still.
  Object.defineProperty(globalThis, "CompressionStream", { value: undefined, configurable: true });
}
