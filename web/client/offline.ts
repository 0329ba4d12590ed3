import { Artifacts } from "./artifacts.ts";
import { Connection } from "./connection.ts";
import { Database, type StorageState } from "./database.ts";
import type { Listeners, Status } from "./events.ts";
import type { LoadGraphs } from "./graphs.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { Live } from "./live.ts";
import { Models } from "./models.ts";
import { Outbox } from "./outbox.ts";
import { Sessions } from "./sessions.ts";
import { Sync } from "./sync.ts";
import type { Unsent } from "./unsent.ts";
import type { Visitor } from "./visitor.ts";

export type OfflineOptions = {
  /** Absolute URL of the edge, without a slash at the end. */
  endpoint: string;
  key?: string | undefined;
  /** Name of what is stored. */
  place: string;
  graphs?: LoadGraphs | undefined;
  texts: KeptTexts;
  visitor: Visitor;
  unsent: Unsent;
  listeners: Listeners;
  /** Whether the visitor lets us store and send. */
  isAllowed: () => boolean;
  /** Tells the console what it was not told yet. */
  warn: (message: string) => void;
  /** What `status` says has changed. */
  changed: () => void;
};

/**
 * What a page does not need for its first decision, and loads behind it: the browser's storage, what is exchanged with the edge, and how models are kept at their newest
 * snapshots.
 */
export class Offline {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly sync: Sync;
  readonly models: Models;
  readonly sessions: Sessions;
  readonly #connection: Connection;
  readonly #options: OfflineOptions;

  constructor(options: OfflineOptions) {
    this.#options = options;
    const { endpoint, key, place, graphs, texts, visitor, unsent, listeners, isAllowed, changed } = options;
    this.database = new Database(place, (state, why) => this.#storage(state, why), isAllowed);
    const told = (online: boolean) => {
      changed();
      if (online) this.wake();
    };
    const connection = new Connection(endpoint, told, key);
    this.#connection = connection;
    this.outbox = new Outbox(this.database, changed, unsent);
    this.sync = new Sync(this.outbox, connection, (detail) => listeners.emit("rejected", detail));
    const artifacts = new Artifacts(this.database, connection);
    this.models = new Models({ artifacts, connection, live: new Live(connection), graphs, texts });
    this.sessions = new Sessions(this.database, connection, texts, visitor);
  }

  get status(): Omit<Status, "lost"> {
    return { online: this.#connection.online, pending: this.outbox.known.items, storage: this.database.state };
  }

  /** What can wait until the page has its session. */
  readonly afterStart = (): void => {
    this.sync.schedule();
    this.sessions
      .keepOne()
      .then(() => this.sessions.refill())
      .catch(() => {});
    this.sessions.forgetOld(Date.now()).catch(() => {});
  };

  /** There is reason to think that the edge can be reached again. */
  wake(): void {
    this.sync.wake();
    this.models.wake();
    if (this.#options.isAllowed()) this.sessions.refill().catch(() => {});
  }

  /** The page may be about to go. */
  hide(): void {
    this.sync.sendFresh();
    this.models.keep().catch(() => {});
    this.models.sleep();
  }

  async forget(): Promise<void> {
    this.outbox.clear();
    this.sessions.forget();
    await this.database.clear();
  }

  /** @param release what gives up the sessions, once nothing is sent any more. */
  async close(release: () => Promise<void>): Promise<void> {
    await this.models.keep();
    this.models.close();
    await this.sync.close();
    await release();
    await this.database.close();
  }

  #storage(state: StorageState, why: unknown): void {
    const remedy = state === "full" ? "free some room" : "allow this site to store data";
    // A page that is gone has no storage, and nobody to tell.
    if (state !== "stored" && globalThis.document?.defaultView)
      this.#options.warn(
        `the browser's storage (IndexedDB) ${state === "full" ? "is full" : "cannot be used"} (${why}): what is made is kept in this page and sent at once; ${remedy}`,
      );
    this.#options.changed();
  }
}
