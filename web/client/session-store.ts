import { MAX_EVENTS } from "../../shared/contract/limits.ts";
import type { SessionEvent } from "../../shared/contract/record.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { FeatureValues } from "../../shared/contract/values.ts";
import { SessionState } from "../../shared/features/session.ts";
import type { Database, SessionRow } from "./database.ts";

type SessionOperators = ModelSpec["features"]["session"];

/** One session: its id, the number of its next decision and its events, in memory and in IndexedDB. */
export class SessionStore {
  readonly id: string;
  readonly unit: string;
  /** When the edge issued it, by the page's clock; undefined if it did not. */
  readonly issuedAt: number | undefined;
  readonly #database: Database;
  readonly #release: (() => void) | null;
  #next: number;
  /** Numbers that were taken for decisions that nobody got. */
  readonly #unused: number[] = [];
  /** The newest MAX_EVENTS events in the order they came; the first is at position `#first`. */
  readonly #events: SessionEvent[];
  #first: number;
  /** What the events before `position` come to, for the operators of each spec that decided in this session. */
  readonly #states = new WeakMap<SessionOperators, { state: SessionState; position: number }>();

  private constructor(
    database: Database,
    row: SessionRow,
    first: number,
    events: SessionEvent[],
    release: (() => void) | null,
  ) {
    this.#database = database;
    this.id = row.id;
    this.unit = row.unit;
    this.issuedAt = row.issuedAt;
    this.#next = row.next;
    this.#first = first;
    this.#events = events;
    this.#release = release;
  }

  /** @param release Gives up the claim on the session; null: it is not claimed. */
  static async create(
    database: Database,
    id: string,
    unit: string,
    release: (() => void) | null,
    issuedAt?: number,
  ): Promise<SessionStore> {
    const session = new SessionStore(database, { id, unit, next: 0, usedAt: 0, issuedAt }, 0, [], release);
    const tx = await database.transaction(["sessions"], "readwrite");
    await Promise.all([tx.objectStore("sessions").put(session.row()), tx.done]);
    return session;
  }

  /** The session as it was stored; undefined when there is none of this id and unit. The caller must have claimed it. */
  static async restore(
    database: Database,
    id: string,
    unit: string,
    release: () => void,
  ): Promise<SessionStore | undefined> {
    const tx = await database.transaction(["sessions", "events"], "readonly");
    const [row, keys, events] = await Promise.all([
      tx.objectStore("sessions").get(id),
      tx.objectStore("events").getAllKeys(eventsOf(id)),
      tx.objectStore("events").getAll(eventsOf(id)),
    ]);
    if (row?.unit !== unit) return undefined;
    return new SessionStore(database, row, keys[0]?.[1] ?? 0, events, release);
  }

  /** How many events came so far. Given to `features`, it leaves out those that came later. */
  get position(): number {
    return this.#first + this.#events.length;
  }

  /** The event counts at once; the promise is for its being stored. */
  async track(event: SessionEvent): Promise<void> {
    const position = this.position;
    this.#events.push(event);
    const surplus = Math.max(0, this.#events.length - MAX_EVENTS);
    this.#events.splice(0, surplus);
    this.#first += surplus;
    const tx = await this.#database.transaction(["events"], "readwrite");
    const store = tx.objectStore("events");
    await Promise.all([
      store.put(event, [this.id, position]),
      surplus > 0 && store.delete(eventsOf(this.id, this.#first - 1)),
      tx.done,
    ]);
  }

  /** Values of the session features at the time `at`, from the events before `position`. */
  features(operators: SessionOperators, at: number, position: number): FeatureValues {
    let known = this.#states.get(operators);
    if (known === undefined) {
      known = { state: new SessionState(operators), position: this.#first };
      this.#states.set(operators, known);
    }
    // A call that waited for its model: a later one has taken events in that this one must not see.
    if (known.position > position) known = { state: new SessionState(operators), position: this.#first };
    for (; known.position < position; known.position++) {
      const event = this.#events[known.position - this.#first];
      if (event) known.state.add(event);
    }
    return known.state.values(at);
  }

  /** The id of the next decision. It is used up when it is given out; stored is that by `row`, together with the decision. */
  takeDecisionId(): string {
    return `${this.id}.${this.#unused.shift() ?? this.#next++}`;
  }

  /** The decision was not made, or not stored, and nobody was told of it: another may have its id. The edge takes it ill when too many numbers are missing. */
  giveBack(decisionId: string): void {
    this.#unused.push(Number(decisionId.slice(this.id.length + 1)));
  }

  /** What restores this session. It never goes back, whatever the order in which concurrent decisions are stored. */
  row(): SessionRow {
    return { id: this.id, unit: this.unit, next: this.#next, usedAt: Date.now(), issuedAt: this.issuedAt };
  }

  /** Whether no other page can have this session while this one has it, so that it may be restored. */
  get claimed(): boolean {
    return this.#release !== null;
  }

  /** Another tab or a reload may claim the session from now on. */
  release(): void {
    this.#release?.();
  }

  /** Forgets the session: it cannot be restored. Feedback for its decisions is still taken. */
  async delete(): Promise<void> {
    await deleteSession(this.#database, this.id);
    this.release();
  }
}

export async function deleteSession(database: Database, id: string): Promise<void> {
  const tx = await database.transaction(["sessions", "events"], "readwrite");
  await Promise.all([tx.objectStore("sessions").delete(id), tx.objectStore("events").delete(eventsOf(id)), tx.done]);
}

const eventsOf = (session: string, upTo = Number.POSITIVE_INFINITY) => IDBKeyRange.bound([session, 0], [session, upTo]);
