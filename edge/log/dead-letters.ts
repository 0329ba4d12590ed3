import { murmur3 } from "../../shared/math/murmur3.ts";
import { countedReason, OTHER_REASONS } from "../storage/counted-reason.ts";
import { overwriteRoot } from "../storage/overwrite-root.ts";
import { LETTER_BYTES, LETTER_REASONS, LETTER_STEP, LETTERS, LETTERS_BYTES, PULL_BYTES } from "./limits.ts";
import type {
  DeadLetter,
  LettersPage,
  LettersRequest,
  NumberedLetters,
  PastLetters,
  Sender,
  Unusable,
} from "./messages.ts";

type Kept = { letters: number; bytes: number };

/**
 * What could not be used, with its reason, as it came, and its sender's rights; of a long one, the beginning. The same letter sent again is kept once. There is room for so
 * many and no more: the oldest of whoever has the most give way, so that junk drives out junk, and of them there is left how many there were for which reason.
 */
export class DeadLetters {
  readonly #sql: SqlStorage;
  /** By sender, as it is in the table. */
  readonly #kept = new Map<string, Kept>();
  /** When the oldest was received; Infinity: there is none; null: that is to be looked up. */
  #oldest: number | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const { sender, ...kept } of sql.exec<Kept & { sender: string }>(
      `SELECT ${SENDER} AS sender, count(*) AS letters, sum(${SIZE}) AS bytes FROM dead_letters GROUP BY 1`,
    ))
      this.#kept.set(sender, kept);
  }

  /** @returns whether it is new. */
  add({ list, id, reason, body }: Unusable, { models, trusted }: Sender, receivedAt: number): boolean {
    const sender = JSON.stringify({ models, trusted } satisfies Sender);
    const rows = this.#sql
      .exec<{ bytes: number }>(
        `INSERT INTO dead_letters (list, id, reason, body, received_at, digest, sender) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING RETURNING ${SIZE} AS bytes`,
        ...[list, id, reason.slice(0, REASON_LENGTH), excerpt(body), receivedAt, digestOf(body)],
        sender,
      )
      .toArray();
    if (rows.length === 0) return false;
    this.#count(sender, 1, rows[0]!.bytes);
    this.#oldest = null;
    if (this.#isOver(LETTERS, LETTERS_BYTES)) this.#makeRoom();
    return true;
  }

  /** Letters after a number, the oldest first, as many as one call carries; and of those that gave way how many there were. */
  page({ after, limit, reason }: LettersRequest): LettersPage {
    const { letters, isCut } = this.#letters(
      "number > ?1 AND (?2 IS NULL OR instr(reason, ?2) > 0) ORDER BY number LIMIT ?3",
      ...[after, reason, limit],
    );
    const next = isCut || letters.length === limit ? letters.at(-1)!.number : null;
    const past = this.#sql
      .exec<PastLetters>(
        "SELECT list, reason, n, newest_at AS newestAt FROM past_letters ORDER BY n DESC, list, reason",
      )
      .toArray();
    return { letters, next, past };
  }

  /** Those of some numbers that are there, the oldest first, as many as one call carries. `rest`: the numbers that were not looked for. */
  numbered(numbers: readonly number[]): NumberedLetters {
    const { letters, isCut } = this.#letters(
      "number IN (SELECT value FROM json_each(?)) ORDER BY number",
      JSON.stringify(numbers),
    );
    const last = isCut ? letters.at(-1)!.number : Number.POSITIVE_INFINITY;
    return { letters, rest: numbers.filter((number) => number > last) };
  }

  /** Letters after a number, the oldest first, each read when it is come to: whoever looks for something in them knows when that is enough. */
  *after(number: number): Generator<Pick<DeadLetter, "number" | "id" | "body" | "reason">> {
    yield* this.#sql.exec<Pick<DeadLetter, "number" | "id" | "body" | "reason">>(
      "SELECT number, id, body, reason FROM dead_letters WHERE number > ? ORDER BY number",
      number,
    );
  }

  /** @param which ordered by number. @returns at least one, if there is one. `isCut`: there may be more. */
  #letters(which: string, ...bindings: (string | number | null)[]): { letters: DeadLetter[]; isCut: boolean } {
    const found = this.#sql.exec<Omit<DeadLetter, "whole" | "sender"> & { digest: string; sender: string | null }>(
      `SELECT number, list, id, reason, body, received_at AS receivedAt, digest, sender FROM dead_letters WHERE ${which}`,
      ...bindings,
    );
    const letters: DeadLetter[] = [];
    let characters = 0;
    for (const { digest, sender, ...letter } of found) {
      const whole = digest === digestOf(letter.body);
      letters.push({ ...letter, whole, sender: sender === null ? ANYBODY : (JSON.parse(sender) as Sender) });
      characters += letter.body.length;
      if (characters > PULL_BYTES) return { letters, isCut: true };
    }
    return { letters, isCut: false };
  }

  /** Number of the newest letter that is kept; 0 when there is none. */
  get newest(): number {
    return this.#sql.exec<{ newest: number }>("SELECT ifnull(max(number), 0) AS newest FROM dead_letters").one().newest;
  }

  /** When the oldest letter expires, ms since the epoch; null when there is none. @param period how long they are kept, ms. */
  expireAt(period: number): number | null {
    this.#oldest ??=
      this.#sql
        .exec<{ receivedAt: number }>("SELECT received_at AS receivedAt FROM dead_letters ORDER BY number LIMIT 1")
        .toArray()[0]?.receivedAt ?? Number.POSITIVE_INFINITY;
    return this.#oldest === Number.POSITIVE_INFINITY ? null : this.#oldest + period;
  }

  /** Takes the oldest away that were received before a time, some at once, and counts them by reason. */
  expire(before: number): void {
    this.#summarise(
      "number IN (SELECT number FROM dead_letters ORDER BY number LIMIT ?) AND received_at <= ?",
      LETTER_STEP,
      before,
    );
  }

  #count(sender: string, letters: number, bytes: number): void {
    const kept = this.#kept.get(sender) ?? { letters: 0, bytes: 0 };
    kept.letters += letters;
    kept.bytes += bytes;
    if (kept.letters > 0) this.#kept.set(sender, kept);
    else this.#kept.delete(sender);
  }

  #isOver(letters: number, bytes: number): boolean {
    for (const kept of this.#kept.values()) {
      letters -= kept.letters;
      bytes -= kept.bytes;
    }
    return letters < 0 || bytes < 0;
  }

  /** Takes the oldest letters of those away who have the most, until there is room for a tenth more: so it is done once in many. */
  #makeRoom(): void {
    const shareOf = ([, { letters, bytes }]: [string, Kept]) => letters / LETTERS + bytes / LETTERS_BYTES;
    while (this.#isOver(0.9 * LETTERS, 0.9 * LETTERS_BYTES)) {
      const [sender, { letters, bytes }] = [...this.#kept].reduce((most, one) =>
        shareOf(one) > shareOf(most) ? one : most,
      );
      // Large ones one by one, small ones many at once.
      const some = Math.ceil((LETTERS_BYTES / 100) * (letters / (bytes + 1)));
      this.#summarise(
        `number IN (SELECT number FROM dead_letters WHERE ${SENDER} = ? ORDER BY number LIMIT ?)`,
        ...[sender, Math.min(some, LETTERS / 10)],
      );
    }
  }

  /** Counts past letters of some reasons, which quote what was sent, by no reason of theirs any more. */
  forgetReasons(isOne: (reason: string) => boolean): void {
    for (const { list, reason, n, newestAt } of this.page({ after: Number.MAX_SAFE_INTEGER, limit: 1, reason: null })
      .past) {
      if (!isOne(reason)) continue;
      this.#sql.exec("DELETE FROM past_letters WHERE list = ? AND reason = ?", list, reason);
      this.#sql.exec(
        `INSERT INTO past_letters VALUES (?, '${OTHER_REASONS}', ?, ?)
         ON CONFLICT DO UPDATE SET n = n + excluded.n, newest_at = max(newest_at, excluded.newest_at)`,
        ...[list, n, newestAt],
      );
    }
  }

  /** Takes letters away that were driven again. @param numbers at most MAX_LETTERS. */
  remove(numbers: readonly number[]): void {
    this.#oldest = null;
    const gone = this.#sql.exec<{ number: number; sender: string; bytes: number }>(
      `SELECT number, ${SENDER} AS sender, ${SIZE} AS bytes FROM dead_letters WHERE number IN (SELECT value FROM json_each(?))`,
      JSON.stringify(numbers),
    );
    for (const { number, sender, bytes } of gone.toArray()) {
      this.#delete(number);
      this.#count(sender, -1, -bytes);
    }
  }

  /** What it said is written over first: what is deleted stays in its page until the place is needed. */
  #delete(number: number): void {
    this.#sql.exec(
      `UPDATE dead_letters SET body = zeroblob(length(CAST(body AS BLOB))), reason = zeroblob(length(CAST(reason AS BLOB))),
         id = CASE WHEN id IS NULL THEN NULL ELSE zeroblob(length(CAST(id AS BLOB))) END, digest = number WHERE number = ?`,
      number,
    );
    this.#sql.exec("DELETE FROM dead_letters WHERE number = ?", number);
  }

  /** See overwriteRoot. */
  overwriteRoot(): void {
    overwriteRoot((n, bytes) => {
      this.#sql.exec(
        "INSERT INTO dead_letters (list, id, reason, body, received_at, digest) VALUES ('', NULL, '', zeroblob(?), 0, ?)",
        ...[bytes, `zeros ${n}`],
      );
    });
    this.#sql.exec("DELETE FROM dead_letters WHERE list = ''");
  }

  /** Takes some away, and counts them by reason. */
  #summarise(which: string, ...bindings: (string | number | null)[]): void {
    this.#oldest = null;
    type Gone = { number: number; list: string; reason: string; sender: string; bytes: number; receivedAt: number };
    const gone = this.#sql.exec<Gone>(
      `SELECT number, list, reason, ${SENDER} AS sender, ${SIZE} AS bytes, received_at AS receivedAt FROM dead_letters
       WHERE ${which}`,
      ...bindings,
    );
    for (const { number, list, reason, sender, bytes, receivedAt } of gone.toArray()) {
      this.#delete(number);
      this.#count(sender, -1, -bytes);
      this.#sql.exec(
        `INSERT INTO past_letters (list, reason, n, newest_at)
         SELECT ?1, ${countedReason("past_letters", "list = ?1 AND reason = ?2")}, 1, ?4 WHERE true
         ON CONFLICT DO UPDATE SET n = n + 1, newest_at = max(newest_at, excluded.newest_at)`,
        ...[list, reason, LETTER_REASONS, receivedAt],
      );
    }
  }
}

/** Who sent it: '' of letters of before. As an index has it, so that bodies need not be read for it. */
const SENDER = "ifnull(sender, '')";
/** Bytes of a letter. */
const SIZE = "length(CAST(body AS BLOB)) + length(CAST(reason AS BLOB))";
/** Of UTF-8, for one of a string's units of 16 bits. */
const MAX_BYTES_OF_A_CHARACTER = 3;
/** Longest reason that is kept, in characters: five places of an item with what is wrong there. */
const REASON_LENGTH = 1000;

/** Of letters of before it is not known who sent them. */
const ANYBODY: Sender = { models: null, trusted: false };

const utf8 = new TextEncoder();

/** The beginning of a text, of at most LETTER_BYTES of UTF-8. */
function excerpt(body: string): string {
  if (body.length * MAX_BYTES_OF_A_CHARACTER <= LETTER_BYTES) return body;
  const buffer = new Uint8Array(Math.min(LETTER_BYTES, body.length * MAX_BYTES_OF_A_CHARACTER));
  return body.slice(0, utf8.encodeInto(body, buffer).read);
}

/** Tells texts apart; that two have one is as unlikely as that 64 bits are alike. */
const digestOf = (body: string): string => `${body.length} ${murmur3(body, 0)} ${murmur3(body, 1)}`;
