import type { LogRow } from "../../shared/contract/log-page.ts";
import {
  type ActivationRow,
  endOfWait,
  type FeedbackRow,
  type Joinable,
  type Joined,
  type JoinRules,
  joinAtEnd,
  joinAtRow,
  MAX_ACTIVATION_DELAY,
  maySpeakFor,
  opening,
} from "../../shared/versions/join.ts";

/** A decision with what it is learned as. */
export type LoggedExample = {
  id: string;
  model: string;
  /** When it was decided, ms since the epoch, on the edge's clock. */
  at: number;
  /** The decision record as JSON, as it was logged. */
  record: string;
  value: number;
};

type Open = Omit<LoggedExample, "value"> & { joinable: Joinable & { feedback: FeedbackRow[] } };
/** Activations and feedback that came before their decision, by arrival. */
type Early = LogRow[];

/**
 * Joins the log of a partition, row by row, by the reward rules of each model (shared/versions/join.ts). It keeps what waits and no more:
 * decisions that are not complete, and feedback and activations whose decision did not come yet.
 *
 * A deferred decision that was not activated within a day of the log's time is dropped: mostly it never is. But a page that was off line may say only
 * then that it was, in time. `late` has the ids of which that may be so; a second pass, over these alone, makes the examples of them.
 */
export class LogJoin {
  readonly #rules: ReadonlyMap<string, JoinRules>;
  readonly #onExample: (example: LoggedExample) => void;
  readonly #open = new Map<string, Open>();
  readonly #early = new Map<string, Early>();
  /** Of each model the decisions whose wait has begun, in that order: all of a model wait equally long. */
  readonly #waits: ReadonlyMap<string, Queue<{ open: Open; end: number }>>;
  /** Deferred decisions, by when they are dropped. */
  readonly #deferred = new Queue<{ id: string; end: number }>();
  /** In a second pass what it is over. */
  readonly #only: ReadonlySet<string> | null;
  #dropped = 0;
  /** Ids that were activated when no such decision was open, and some had been dropped. */
  readonly late = new Set<string>();
  /** Decisions of the models that have rules. */
  decisions = 0;
  /** How many of them are examples. */
  examples = 0;
  /** Decisions of other models. */
  readonly unknown = new Set<string>();

  /** @param rules by model. @param only makes it the second pass, over what was `late` in the first; null: the first. */
  constructor(
    rules: ReadonlyMap<string, JoinRules>,
    onExample: (example: LoggedExample) => void,
    only: ReadonlySet<string> | null = null,
  ) {
    this.#rules = rules;
    this.#only = only;
    this.#onExample = onExample;
    this.#waits = new Map([...rules.keys()].map((model) => [model, new Queue()]));
  }

  /** How many decisions and early rows are kept. */
  get kept(): number {
    return this.#open.size + this.#early.size;
  }

  /** The next row of the log. */
  add(row: LogRow): void {
    this.passed(row.receivedAt);
    if (this.#only?.has(row.id) === false) return;
    if (row.kind === "decision") this.#decision(row);
    else {
      const open = this.#open.get(row.id);
      if (open) {
        append(open.joinable, row);
        this.#look(open, row.offset);
      } else if (row.model === null) this.#early.set(row.id, [...(this.#early.get(row.id) ?? []), row]);
      // Else its decision came before and is complete, or was dropped, or is of a model without rules.
      else if (row.kind === "activation" && this.#dropped > 0 && this.#rules.has(row.model)) this.late.add(row.id);
    }
  }

  /** No later row was received before this time: waits that ended before it are over. */
  passed(time: number): void {
    for (const [model, waits] of this.#waits)
      for (let next = waits.first; next !== undefined && next.end < time; next = waits.first) {
        waits.shift();
        const { open } = next;
        if (this.#open.get(open.id) !== open) continue;
        this.#open.delete(open.id);
        this.#take(open, joinAtEnd(this.#rules.get(model)!, open.joinable));
      }
    for (let next = this.#deferred.first; next !== undefined && next.end < time; next = this.#deferred.first) {
      this.#deferred.shift();
      const open = this.#open.get(next.id);
      if (open === undefined || opening(open.joinable) !== null) continue;
      this.#open.delete(next.id);
      this.#dropped++;
    }
  }

  #decision({ id, model, at, record, offset, receivedAt, deferred }: LogRow): void {
    const early = this.#early.get(id) ?? [];
    this.#early.delete(id);
    if (model === null || record === null) throw new Error(`row ${offset} of the log is a decision without a record`);
    if (!this.#rules.has(model)) {
      this.unknown.add(model);
      return;
    }
    if (this.#only !== null && !deferred) return;
    this.decisions++;
    const joinable: Open["joinable"] = {
      decision: { offset, at, receivedAt, deferred },
      activation: null,
      feedback: [],
    };
    for (const row of early) if (maySpeakFor(row.senders ?? null, model)) append(joinable, row);
    const open = { id, model, at, record, joinable };
    this.#open.set(id, open);
    if (deferred && this.#only === null) this.#deferred.push({ id, end: receivedAt + MAX_ACTIVATION_DELAY });
    this.#look(open, offset);
  }

  /** Looks at a decision at a row of its own. */
  #look(open: Open, offset: number): void {
    const { id, model, joinable } = open;
    const rules = this.#rules.get(model)!;
    const begun = opening(joinable);
    if (joinable.activation !== null && begun === null) {
      // Activated too late, and a log has one activation of each.
      this.#open.delete(id);
      return;
    }
    const joined = joinAtRow(rules, joinable, offset);
    if (joined !== null) {
      this.#open.delete(id);
      this.#take(open, joined);
      return;
    }
    if (begun?.offset === offset) this.#waits.get(model)!.push({ open, end: endOfWait(rules, begun) });
  }

  #take({ id, model, at, record }: Open, joined: Joined | null): void {
    if (joined === null) return;
    this.examples++;
    this.#onExample({ id, model, at, record, value: joined.value });
  }
}

function append(to: { activation: ActivationRow | null; feedback: FeedbackRow[] }, row: LogRow): void {
  const { kind, offset, claimedAt, at, receivedAt, value, final } = row;
  if (kind === "activation") to.activation ??= { offset, at, receivedAt };
  else if (value !== null) to.feedback.push({ offset, claimedAt, at, receivedAt, value, final: final === true });
}

/** First in, first out. */
class Queue<T> {
  #items: T[] = [];
  #next = 0;

  get first(): T | undefined {
    return this.#items[this.#next];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#next++;
    // Each item is moved at most once on average.
    if (this.#next * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
  }
}
