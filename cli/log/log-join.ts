import { sessionOf } from "../../shared/contract/issued-session.ts";
import type { LogRow } from "../../shared/contract/log-page.ts";
import { isWaitedFor, type SessionRow } from "../../shared/versions/heard.ts";
import {
  type ActivationRow,
  endOf,
  type FeedbackRow,
  type Joinable,
  type Joined,
  type JoinRules,
  joinAtEnd,
  joinAtRow,
  longestWait,
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

type Open = Omit<LoggedExample, "value"> & {
  joinable: Joinable & { feedback: FeedbackRow[] };
  session: Session | null;
};
/** A page's session, as far as a model decided in it: what tells when the page was heard of, from the first of the decisions that are open. */
type Session = { name: string; rows: SessionRow[]; open: Set<Open> };
/** What is looked at when its time has come. */
type Due = { open: Open; end: number };
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
  /** Of each model the decisions whose wait has begun, in that order: all of a model wait equally long at first, and then, some of them, equally long for their pages. */
  readonly #waits: ReadonlyMap<string, { first: Queue<Due>; last: Queue<Due> }>;
  /** Those whose wait is over because their page was heard of. */
  readonly #heard = new Queue<Due>();
  readonly #sessions = new Map<string, Session>();
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
    this.#waits = new Map([...rules.keys()].map((model) => [model, { first: new Queue(), last: new Queue() }]));
  }

  /** How many decisions and early rows are kept. */
  get kept(): number {
    return this.#open.size + this.#early.size;
  }

  /** The next row of the log. */
  add(row: LogRow): void {
    this.passed(row.receivedAt);
    this.#hear(row);
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
    for (const { open } of this.#heard.before(time)) if (this.#isOpen(open)) this.#end(open);
    for (const [model, { first, last }] of this.#waits) {
      const rules = this.#rules.get(model)!;
      for (const { open } of first.before(time)) {
        if (!this.#isOpen(open)) continue;
        const begun = opening(open.joinable)!;
        const end = endOf(rules, open.joinable, begun);
        if (end.by === "wait") this.#end(open);
        else last.push({ open, end: begun.receivedAt + longestWait(rules) });
      }
      for (const { open } of last.before(time)) if (this.#isOpen(open)) this.#end(open);
    }
    for (const { id } of this.#deferred.before(time)) {
      const open = this.#open.get(id);
      if (open === undefined || opening(open.joinable) !== null) continue;
      this.#close(open);
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
    const session = isWaitedFor(id, receivedAt) ? this.#sessionOf(model, id) : null;
    if (session) joinable.session = () => session.rows;
    const open = { id, model, at, record, joinable, session };
    this.#open.set(id, open);
    session?.open.add(open);
    if (deferred && this.#only === null) this.#deferred.push({ id, end: receivedAt + MAX_ACTIVATION_DELAY });
    this.#look(open, offset);
  }

  /** Looks at a decision at a row of its own. */
  #look(open: Open, offset: number): void {
    const { model, joinable } = open;
    const rules = this.#rules.get(model)!;
    const begun = opening(joinable);
    if (joinable.activation !== null && begun === null) {
      // Activated too late, and a log has one activation of each.
      this.#close(open);
      return;
    }
    const joined = joinAtRow(rules, joinable, offset);
    if (joined !== null) {
      this.#close(open);
      this.#take(open, joined);
      return;
    }
    if (begun?.offset === offset) this.#waits.get(model)!.first.push({ open, end: begun.receivedAt + rules.wait });
  }

  /** A row may say that its page is there, and so that what happened before has come. */
  #hear({ kind, id, model, offset, at, receivedAt }: LogRow): void {
    if (kind === "feedback" || model === null || !isWaitedFor(id, receivedAt)) return;
    const session = this.#sessions.get(sessionName(model, id));
    if (!session) return;
    session.rows.push({ offset, at, receivedAt });
    const rules = this.#rules.get(model)!;
    for (const open of session.open) {
      const begun = opening(open.joinable);
      if (begun === null || begun.receivedAt + rules.wait >= receivedAt) continue;
      const end = endOf(rules, open.joinable, begun);
      if (end.by === "heard" && end.row === offset) this.#heard.push({ open, end: end.at });
    }
  }

  #sessionOf(model: string, id: string): Session {
    const name = sessionName(model, id);
    let session = this.#sessions.get(name);
    if (!session) {
      session = { name, rows: [], open: new Set() };
      this.#sessions.set(name, session);
    }
    return session;
  }

  #isOpen(open: Open): boolean {
    return this.#open.get(open.id) === open;
  }

  #close(open: Open): void {
    this.#open.delete(open.id);
    const { session } = open;
    if (!session) return;
    session.open.delete(open);
    if (session.open.size === 0) this.#sessions.delete(session.name);
  }

  /** Nothing can count for it any more. */
  #end(open: Open): void {
    this.#close(open);
    this.#take(open, joinAtEnd(this.#rules.get(open.model)!, open.joinable));
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

const sessionName = (model: string, id: string): string => `${model} ${sessionOf(id)}`;

/** First in, first out, by when something is due. */
class Queue<T extends { end: number }> {
  #items: T[] = [];
  #next = 0;

  /** Takes what is due before a time. */
  *before(time: number): Generator<T> {
    for (let next = this.#items[this.#next]; next !== undefined && next.end < time; next = this.#items[this.#next]) {
      this.#shift();
      yield next;
    }
  }

  push(item: T): void {
    this.#items.push(item);
  }

  #shift(): void {
    this.#next++;
    // Each item is moved at most once on average.
    if (this.#next * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
  }
}
