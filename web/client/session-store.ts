import { MAX_EVENTS } from "../../shared/contract/limits.ts";
import type { SessionEvent } from "../../shared/contract/record.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { FeatureValues } from "../../shared/contract/values.ts";
import { SessionState } from "../../shared/features/session.ts";
import type { Range, SessionRow, Transactions } from "./stores.ts";

type SessionOperators = ModelSpec["features"]["session"];
type State = Pick<SessionState, "add">;

/** What of a session comes from where it was before. */
type Identity = Pick<SessionRow, "id" | "unit" | "next" | "issuedAt">;
type Past = { events: SessionEvent[]; first: number };
/** A session as a page that goes leaves it to the next one of its tab. */
export type HandedOver = Identity & Past;

/**
 * One session: its id, the number of its next decision and its events, in memory and in the browser's storage. It takes events before it has an id, which
 * may be some time in coming.
 */
export class SessionStore {
  readonly #database: Transactions;
  #identity: Identity | undefined;
  #release: (() => void) | null = null;
  /** Numbers that were taken for decisions that nobody got. */
  #unused: number[] = [];
  /** The newest MAX_EVENTS events in the order they came; the first is at position `#first`. */
  readonly #events: SessionEvent[] = [];
  #first = 0;
  /** Where this page's own events begin. Positions that it gives out are counted from there. */
  #own = 0;
  /** What the events before `position` come to, for the operators of each spec that decided in this session. */
  #states = new WeakMap<object, { state: State; position: number }>();

  constructor(database: Transactions) {
    this.#database = database;
  }

  /** Whether it has an id. */
  get isKnown(): boolean {
    return this.#identity !== undefined;
  }

  get id(): string {
    return this.#known.id;
  }

  get unit(): string {
    return this.#known.unit;
  }

  /** When the edge issued it, by the page's clock; undefined if it did not. */
  get issuedAt(): number | undefined {
    return this.#identity?.issuedAt;
  }

  /**
   * Gives it its id, or another. It has it at once; the promise is for its being stored.
   * @param past what had happened in it before this page.
   */
  become(identity: Identity, release: (() => void) | null, past?: Past): Promise<void> {
    const { id, unit, next, issuedAt } = identity;
    this.#identity = { id, unit, next, issuedAt };
    this.#release?.();
    this.#release = release;
    this.#unused = [];
    const own = [...this.#events];
    if (past) {
      this.#events.unshift(...past.events);
      this.#first = past.first;
      this.#own = past.first + past.events.length;
      this.#states = new WeakMap();
    }
    const from = this.position;
    return this.#database.run(["sessions", "events"], "readwrite", async (tx) => {
      const events = tx.store("events");
      await Promise.all([
        tx.store("sessions").put(this.row()),
        ...own.map((event, i) => events.put(event, [id, this.#own + from - own.length + i])),
      ]);
    });
  }

  /** Sees to it that no other page has it. */
  claim(release: (() => void) | null): void {
    this.#release = release;
  }

  /** How many events came in this page so far. Given to `features`, it leaves out those that came later. */
  get position(): number {
    return this.#first + this.#events.length - this.#own;
  }

  /** The event counts at once; the promise is for its being stored. */
  async track(event: SessionEvent): Promise<void> {
    const position = this.#own + this.position;
    this.#events.push(event);
    const surplus = Math.max(0, this.#events.length - MAX_EVENTS);
    this.#events.splice(0, surplus);
    this.#first += surplus;
    if (!this.#identity) return;
    const { id } = this;
    await this.#database.run(["events"], "readwrite", async (tx) => {
      const store = tx.store("events");
      await Promise.all([store.put(event, [id, position]), surplus > 0 && store.delete(eventsOf(id, this.#first - 1))]);
    });
  }

  /** Values of the session features at the time `at`, from the events before the position that was `given` out. */
  features(operators: SessionOperators, at: number, given: number): FeatureValues {
    return this.state(operators, given, () => new SessionState(operators)).values(at);
  }

  /**
   * What the events before the position that was `given` out come to.
   * @param of whom it is for. @param make makes it, of no events.
   */
  state<S extends State>(of: object, given: number, make: () => S): S {
    const position = this.#own + given;
    let known = this.#states.get(of);
    // A call that waited for its model: a later one has taken events in that this one must not see.
    if (!known || known.position > position) {
      known = { state: make(), position: this.#first };
      this.#states.set(of, known);
    }
    for (; known.position < position; known.position++) {
      const event = this.#events[known.position - this.#first];
      if (event) known.state.add(event);
    }
    return known.state as S;
  }

  /** The id of the next decision. It is used up when it is given out; stored is that by `row`, together with the decision. */
  takeDecisionId(): string {
    const known = this.#known;
    return `${known.id}.${this.#unused.shift() ?? known.next++}`;
  }

  /** The decision was not made, and nobody was told of it: another may have its id. The edge takes it ill when too many numbers are missing. */
  giveBack(decisionId: string): void {
    if (decisionId.startsWith(`${this.id}.`)) this.#unused.push(Number(decisionId.slice(this.id.length + 1)));
  }

  /** What restores this session. It never goes back, whatever the order in which concurrent decisions are stored. */
  row(): SessionRow {
    return { ...this.#known, usedAt: Date.now() };
  }

  /** What the next page of the tab goes on with. */
  handOver(): HandedOver {
    return { ...this.#known, events: this.#events, first: this.#first };
  }

  /** Whether no other page can have this session while this one has it, so that it may be restored. */
  get claimed(): boolean {
    return this.#release !== null;
  }

  /** Another tab or a reload may claim the session from now on. */
  release(): void {
    this.#release?.();
    this.#release = null;
  }

  get #known(): Identity {
    if (!this.#identity) throw new Error("the session has no id yet");
    return this.#identity;
  }
}

/** Keys of a session's events. */
export const eventsOf = (session: string, upTo = Number.POSITIVE_INFINITY): Range<[string, number]> => ({
  from: [session, 0],
  to: [session, upTo],
});
