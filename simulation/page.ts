import { unsignedSession } from "../shared/contract/unsigned-session.ts";
import { client, type Entry, type Outbox, type SessionStore, type Sync } from "./client.ts";
import { activationKey, decisionKey, feedbackKey, type Ledger } from "./ledger.ts";
import { Browser, Tab } from "./platform/browser.ts";
import { World } from "./platform/world.ts";
import { rankRecord } from "./records.ts";

const ENDPOINT = "http://edge.example";

/** More than a page is ever loaded: sessions are numbered. */
const MAX_LOADS = 1e6;

/** What one load of the page has in memory. */
type Loaded = { outbox: Outbox; sync: Sync; session: SessionStore };

/** A page of a visitor who decides, clicks, and loads it again when it is gone. Outbox, session and sync are the client's own. */
export class Page {
  readonly name: string;
  readonly #number: number;
  readonly #browser = new Browser();
  readonly #ledger: Ledger;
  #tab: Tab | null = null;
  #loaded: Loaded | null = null;
  #loads = 0;
  /** Who looks at it. */
  #unit = "";
  /** Of how many items it knows that they wait. */
  waiting = 0;

  constructor(number: number, ledger: Ledger) {
    this.name = `page${number}`;
    this.#number = number;
    this.#ledger = ledger;
  }

  /** Whether it is open and nothing waits. */
  get idle(): boolean {
    return this.#tab?.alive === true && this.#loaded !== null && this.waiting === 0;
  }

  /** Whether it reaches the edge. */
  set online(online: boolean) {
    this.#browser.online = online;
  }

  /** Who looks at it while it is open. */
  get unit(): string {
    return this.#unit;
  }

  end(): void {
    this.#tab?.end();
  }

  /** Loads it, unless it is open. */
  open(): void {
    if (this.#tab?.alive) return;
    const tab = new Tab(this.name, this.#browser);
    const { current: world } = World;
    this.#tab = tab;
    this.#loaded = null;
    this.waiting = Number.POSITIVE_INFINITY;
    this.#unit = this.#ledger.drawUnit(world.fate);
    const session = unsignedSession(this.#number * MAX_LOADS + this.#loads++, world.now);
    world.schedule(tab, 0, "loads", () => {
      const database = new client.Database(this.name);
      const changed = () => {
        if (this.#tab === tab) this.waiting = outbox.known.items;
      };
      const outbox: Outbox = new client.Outbox(database, changed, new client.Unsent());
      const connection = new client.Connection(ENDPOINT, () => {});
      const sync = new client.Sync(outbox, connection, ({ kind, id, problem }) => {
        this.#ledger.refused.set(`${kind} ${id}`, problem);
      });
      const store = new client.SessionStore(database);
      store.become({ id: session, unit: this.name, next: 0, issuedAt: undefined }, null).then(
        async () => {
          this.#loaded = { outbox, sync, session: store };
          await outbox.totals();
          sync.schedule();
        },
        (error: unknown) => world.violated(`${this.name} cannot make a session: ${error}`),
      );
    });
  }

  /** Something that the visitor does, if the page is loaded. */
  act(what: string, run: (loaded: Loaded) => void): void {
    this.open();
    World.current.schedule(this.#tab!, 0, what, () => {
      if (this.#loaded) run(this.#loaded);
    });
  }

  /** Decides, and does with the decision's id, once it is kept, what comes next. */
  decide(next: (id: string) => void): void {
    this.act("decides", ({ outbox, sync, session }) => {
      const id = session.takeDecisionId();
      const record = rankRecord(id, this.#unit, Date.now(), Math.random);
      this.#ledger.decided(record);
      this.#keep(outbox, sync, { kind: "decision", record }, decisionKey(record), session).then((kept) =>
        kept ? next(id) : session.giveBack(id),
      );
    });
  }

  feedback(id: string, value: number, final: boolean): void {
    this.act("gives feedback", ({ outbox, sync }) => {
      const record = { format: 2 as const, id, value, at: Date.now(), final };
      void this.#keep(outbox, sync, { kind: "feedback", record }, feedbackKey(record));
    });
  }

  activate(id: string): void {
    this.act("activates", ({ outbox, sync }) => {
      const record = { format: 2 as const, id, at: Date.now() };
      void this.#keep(outbox, sync, { kind: "activation", record }, activationKey(record));
    });
  }

  async #keep(outbox: Outbox, sync: Sync, entry: Entry, key: string, session?: SessionStore): Promise<boolean> {
    this.#ledger.sent.add(key);
    try {
      await client.putOut(outbox, [entry], session?.row());
    } catch (error) {
      World.current.trace(`${key} is not kept: ${error}`);
      return false;
    }
    this.#ledger.acknowledged.add(key);
    sync.schedule();
    return true;
  }
}
