import { type JoinRules, longestWait } from "../../shared/versions/join.ts";
import { deadline } from "../storage/clock.ts";
import { Retry } from "../storage/retry.ts";
import { DECISIONS_DELAY, READS_ON, RETRY } from "./limits.ts";
import type { Position, ReadRequest, Slice } from "./messages.ts";

/** A version that reads the log, and is told of what is new. */
export type Reader = {
  readonly name: string;
  readonly model: string;
  /** Where and how it read last; null after a restart of the partition, when it has to ask. */
  seen: { position: Position; rules: JoinRules; limit: number } | null;
  /** Whether the log has rows that it has not heard of. */
  behind: boolean;
  /** When it is to be told of them, ms since the epoch, as far as it may be told. */
  tellAt: number;
  /** Whether it is being told, and has not yet answered. */
  busy: boolean;
  /** When it may be told again. */
  readonly retry: Retry;
};

/** Where a slice ends. */
type SliceEnd = Pick<Slice, "to" | "more" | "newest">;

/** Who reads the log. Each has a pause of its own when it fails: one that is slow or away holds up no other. */
export class Readers {
  readonly #sql: SqlStorage;
  readonly #readers = new Map<string, Reader>();

  /** All of them may have missed something while nobody was here to tell. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const { reader, model } of sql.exec<{ reader: string; model: string }>("SELECT reader, model FROM readers"))
      this.#readers.set(reader, newReader(reader, model));
  }

  get names(): string[] {
    return [...this.#readers.keys()].sort();
  }

  /** How long a decision may wait by the rules of those that were heard of, ms. */
  get longestWait(): number {
    const waits = [...this.#readers.values()].map(({ seen }) => (seen ? longestWait(seen.rules) : 0));
    return Math.max(0, ...waits);
  }

  /**
   * It was given what is up to a position. Where that is not all, it asks for more by itself, if it is still there: what it asked may have come late, and it may have ended since. So then it
   * is told in a while.
   * @param newest of the log now: rows may have come while the slice was made.
   */
  saw({ reader: name, model, rules, limit }: ReadRequest, slice: SliceEnd, newest: number, now: number): void {
    let reader = this.#readers.get(name);
    if (!reader) {
      this.#sql.exec("INSERT INTO readers VALUES (?, ?) ON CONFLICT DO UPDATE SET model = excluded.model", name, model);
      reader = newReader(name, model);
      this.#readers.set(name, reader);
    }
    reader.seen = { position: slice.to, rules, limit };
    if (slice.more) Object.assign(reader, { behind: true, tellAt: now + READS_ON });
    else if (slice.newest < newest) Object.assign(reader, { behind: true, tellAt: Math.min(reader.tellAt, now) });
    else heard(reader);
  }

  leave(name: string): void {
    if (this.#readers.delete(name)) this.#sql.exec("DELETE FROM readers WHERE reader = ?", name);
  }

  /** Rows of some models were appended; of those in `answered` not only decisions. */
  appended(models: ReadonlySet<string>, answered: ReadonlySet<string>, now: number): void {
    for (const reader of this.#readers.values()) {
      if (!models.has(reader.model)) continue;
      reader.behind = true;
      reader.tellAt = Math.min(reader.tellAt, answered.has(reader.model) ? now : now + DECISIONS_DELAY);
    }
  }

  /** Who is to be told now. */
  due(now: number): Reader[] {
    return [...this.#readers.values()].filter((r) => r.behind && !r.busy && mayBeTold(r) <= now);
  }

  /** When somebody is next to be told, ms since the epoch; null when nobody is. */
  nextDue(): number | null {
    const times = [...this.#readers.values()].flatMap((r) => (r.behind && !r.busy ? [mayBeTold(r)] : []));
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** Whether everybody has heard of everything. */
  get allTold(): boolean {
    return [...this.#readers.values()].every((r) => !r.behind && !r.busy);
  }

  /** Whoever is behind is to be told now, as far as it may be told. */
  hurry(): void {
    for (const reader of this.#readers.values()) reader.tellAt = Number.NEGATIVE_INFINITY;
  }

  /** It is being told of all there is. */
  telling(reader: Reader): void {
    reader.busy = true;
    heard(reader);
  }

  told(reader: Reader): void {
    reader.busy = false;
    reader.retry.succeeded();
  }

  /** It could not be told: it may be anywhere by now, and has to ask. */
  failed(reader: Reader, now: number): void {
    reader.busy = false;
    reader.behind = true;
    reader.tellAt = now;
    reader.seen = null;
    reader.retry.failed(now);
  }
}

function heard(reader: Reader): void {
  reader.behind = false;
  reader.tellAt = Number.POSITIVE_INFINITY;
}

const mayBeTold = ({ tellAt, retry }: Reader): number => Math.max(deadline(tellAt, READS_ON), retry.notBefore);

const newReader = (name: string, model: string): Reader => ({
  name,
  model,
  seen: null,
  behind: true,
  tellAt: Number.NEGATIVE_INFINITY,
  busy: false,
  retry: new Retry(RETRY),
});
