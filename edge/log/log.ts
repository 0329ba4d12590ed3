import { murmur3 } from "../../shared/math/murmur3.ts";
import { overwriteRoot } from "../storage/overwrite-root.ts";
import { archivedDraws } from "./archived-draws.ts";
import { ArchivedIds } from "./archived-ids.ts";
import { Catalogue } from "./catalogue.ts";
import { Erased } from "./erased.ts";
import { withFormerActions } from "./former-slots.ts";
import {
  furthest,
  type IncomingActivation,
  type IncomingDecision,
  type IncomingFeedback,
  isFormerPosition,
  type Position,
} from "./messages.ts";
import { pack, unitOf, unitOfJson, unpack } from "./packed-record.ts";
import { Removals } from "./removals.ts";
import { SENDERS, storedSenders } from "./sender-sets.ts";

/** What is stored of a decision's record: its JSON, or its short form, and what stands beside it. */
export type StoredRecord = {
  id: string;
  claimedAt: number | null;
  body: string | ArrayBuffer;
  /** Of logs of before (former-slots.ts); else null. */
  actionsOf: string | null;
};
/** The columns of one. */
const STORED = "id, claimed_at AS claimedAt, body, actions_of AS actionsOf";

/** What stands beside feedback that came before its decision: the models that its sender may speak for, as JSON; null: all, and of what came later. */
const early = (model: string | null, senders: readonly string[] | null): string | null =>
  model === null && senders ? JSON.stringify(senders) : null;

/** The id of the empty row that takes the place of the newest when that is removed: no decision has such an id. */
export const EMPTY = "\u0000";

/**
 * Whether a row speaks for the decision that something is for, as far as is known: not what came before it from who may not speak for its model. Nor is that, while there
 * is no decision, what others may say. Bindings: 1 the decision's model, null while there is none; 2 the sender's own claim.
 */
const SPEAKS = `(senders IS NULL OR ${SENDERS} = ?2 OR EXISTS (SELECT 1 FROM json_each(${SENDERS}) WHERE value = ?1))`;

/** Finds feedback that says the same as some. Bindings: those of SPEAKS; 3 id, 4 claimed time, 5 value, 6 final. */
const SAME_FEEDBACK = `
  SELECT 1 FROM log WHERE kind = 'feedback' AND id = ?3 AND ifnull(claimed_at, -1) = ifnull(?4, -1) AND value = ?5 AND final >= ?6
    AND ${SPEAKS}`;

/** Finds anything of a session, by each kind's index: its id alone, or with a dot behind it. */
const HAS_SESSION = `SELECT 1 WHERE ${["decision", "feedback", "activation"]
  .flatMap((kind) => [`kind = '${kind}' AND id = ?1`, `kind = '${kind}' AND id > ?1 || '.' AND id < ?1 || '/'`])
  .map((rows) => `EXISTS (SELECT 1 FROM log WHERE ${rows})`)
  .join(" OR ")}`;

/**
 * The append-only log of a partition. A decision is there once by its id, its activation once, feedback once by id, claimed
 * time and value, each of those who may speak for the decision; when it is repeated as final, that is news, and there a second time.
 */
export class Log {
  readonly #sql: SqlStorage;
  readonly #catalogue: Catalogue;
  /** What it had, and must not have again. */
  readonly erased: Erased;
  /** What is being removed from the archive. */
  readonly removals: Removals;
  /** In which segments an id may be. */
  readonly archivedIds: ArchivedIds;
  #archived: number;
  /** For which oldest row the catalogue was tidied last: a log begins with row 1. */
  #tidied = 1;
  #tidy = true;
  #appended: number | null = null;
  /** Tells this log from one that the partition had before it lost its data. */
  readonly identity: string;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#catalogue = new Catalogue(
      sql,
      () => (this.#appended ?? this.newest) + 1,
      (unit) => this.erased.isGoing(unit),
    );
    this.erased = new Erased(sql);
    this.identity = sql.exec<{ id: string }>("SELECT id FROM log_identity").one().id;
    this.archivedIds = new ArchivedIds(sql);
    this.removals = new Removals(sql);
    this.#archived = sql.exec<{ last: number }>("SELECT ifnull(max(last), 0) AS last FROM segments").one().last;
  }

  /** Offset of the last row that is in the archive; 0 when none is. */
  get archived(): number {
    return this.#archived;
  }

  /**
   * Rows up to one went into the archive. What is left of them in the table are copies, for what comes late: all rows of the decisions that they are of, some
   * without their bodies (live-part.ts).
   */
  archivedUpTo(last: number): void {
    this.#archived = last;
  }

  /** How often rows were removed: what somebody else has of the log is of a number of these. */
  get edits(): number {
    return this.#sql.exec<{ edits: number }>("SELECT ifnull(edits, 0) AS edits FROM log_identity").one().edits;
  }

  /** Rows were removed, all that were to be. */
  edited(): void {
    this.#sql.exec("UPDATE log_identity SET edits = ifnull(edits, 0) + 1");
  }

  /** Offset of the newest row; 0 when there is none. */
  get newest(): number {
    return this.#sql.exec<{ newest: number }>("SELECT ifnull(max(offset), 0) AS newest FROM log").one().newest;
  }

  /** Offset of the row that was appended last, which is the newest; null when none was since the object started, or it did not come to pass. */
  get appended(): number | null {
    return this.#appended;
  }

  /** The time of the newest row up to an offset; 0 when there is none. */
  timeOf(offset: number): number {
    const [row] = this.#sql.exec<{ time: number }>(
      "SELECT received_at AS time FROM log WHERE offset <= ? ORDER BY offset DESC LIMIT 1",
      offset,
    );
    return row?.time ?? 0;
  }

  /** Offset of the last row that was received before a time, up to an offset; 0 when there is none. By halving, since times never fall along the log. */
  lastBefore(time: number, upto = this.newest): number {
    let before = 0;
    for (let high = upto; before < high; ) {
      const middle = Math.ceil((before + high) / 2);
      const [row] = this.#sql.exec<{ offset: number; time: number }>(
        "SELECT offset, received_at AS time FROM log WHERE offset >= ? AND offset <= ? ORDER BY offset LIMIT 1",
        ...[middle, high],
      );
      if (row && row.time < time) before = row.offset;
      else high = middle - 1;
    }
    return before;
  }

  /** The position of who has read up to here. */
  position(place: Omit<Position, "log" | "mark">): Position {
    return { log: this.identity, ...place, mark: this.markOf(furthest(place)) };
  }

  /** Tells the row at an offset from what another history would have there; null when there is none, or no more. */
  markOf(offset: number): number | null {
    const [row] = this.#sql
      .exec(
        "SELECT kind, id, claimed_at, at, received_at, value, final FROM log WHERE offset = ? AND id <> ?",
        offset,
        EMPTY,
      )
      .raw();
    if (row) return murmur3(JSON.stringify(row), 0);
    const [segment] = this.#sql.exec<{ mark: number | null }>("SELECT mark FROM segments WHERE last = ?", offset);
    return segment?.mark ?? null;
  }

  /** Whether a position is one of this history: not when the partition was restored from an older copy since, and maybe went on from that; nor is one of a release before. */
  has(position: Position): boolean {
    const { log, mark } = position;
    const offset = furthest(position);
    if (log !== this.identity || offset > this.newest || isFormerPosition(position)) return false;
    const there = this.markOf(offset);
    // Of a row that was removed there is no telling; in a history that a restored copy went on with, its place would be taken.
    return mark === null || there === null || mark === there;
  }

  /** @returns whether it is new. */
  appendDecision(decision: IncomingDecision, receivedAt: number): boolean {
    const { id, model, claimedAt, at, deferred } = decision;
    const body = pack(decision.body, { id, claimedAt }, this.#catalogue) ?? decision.body;
    return this.#insert(
      `INSERT INTO log (kind, id, claimed_at, at, received_at, model, deferred, body)
       VALUES ('decision', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING offset`,
      ...[id, claimedAt, at, receivedAt, model, deferred ? 1 : 0, body],
    );
  }

  /**
   * @param model of its decision; null while that is not there. @param senders models that its sender may speak for; null: all.
   * @returns whether it is new.
   */
  appendFeedback(
    feedback: IncomingFeedback,
    model: string | null,
    senders: readonly string[] | null,
    receivedAt: number,
  ): boolean {
    const { id, value, final, claimedAt, at, body = null } = feedback;
    const own = early(model, senders);
    return this.#insert(
      `INSERT INTO log (kind, id, claimed_at, at, received_at, model, value, final, body, senders)
       SELECT 'feedback', ?3, ?4, ?7, ?8, ?1, ?5, ?6, ?9, ?10 WHERE NOT EXISTS (${SAME_FEEDBACK}) RETURNING offset`,
      ...[model, own, id, claimedAt, value, final ? 1 : 0, at, receivedAt, body, storedSenders(this.#sql, own)],
    );
  }

  /** Whether feedback is there, also as final. */
  hasFeedback(
    { id, claimedAt, value, final }: IncomingFeedback,
    model: string | null,
    senders: readonly string[] | null,
  ): boolean {
    const bindings = [model, early(model, senders), id, claimedAt, value, final ? 1 : 0];
    return this.#sql.exec(SAME_FEEDBACK, ...bindings).toArray().length > 0;
  }

  /** How much feedback there is by a decision's id that a sender could have given, as far as `most`. */
  countFeedback(id: string, model: string | null, senders: readonly string[] | null, most: number): number {
    return this.#sql
      .exec<{ n: number }>(
        `SELECT count(*) AS n FROM (SELECT 1 FROM log WHERE kind = 'feedback' AND id = ?3 AND ${SPEAKS} LIMIT ?4)`,
        ...[model, early(model, senders), id, most],
      )
      .one().n;
  }

  /** The same of an activation. */
  appendActivation(
    activation: IncomingActivation,
    model: string | null,
    senders: readonly string[] | null,
    receivedAt: number,
  ): boolean {
    const { id, claimedAt, at, body = null } = activation;
    const own = early(model, senders);
    return this.#insert(
      `INSERT INTO log (kind, id, claimed_at, at, received_at, model, body, senders) SELECT 'activation', ?3, ?4, ?5, ?6, ?1, ?7, ?8
       WHERE NOT EXISTS (SELECT 1 FROM log WHERE kind = 'activation' AND id = ?3 AND ${SPEAKS}) RETURNING offset`,
      ...[model, own, id, claimedAt, at, receivedAt, body, storedSenders(this.#sql, own)],
    );
  }

  /** The model of the decision with this id; null when there is none. */
  modelOf(id: string): string | null {
    const [row] = this.#sql.exec<{ model: string }>("SELECT model FROM log WHERE kind = 'decision' AND id = ?", id);
    return row?.model ?? null;
  }

  /** Whether anything is here that belongs to a session: decisions, or feedback and activations that came before theirs; or was, and is erased. */
  hasSession(session: string): boolean {
    return (
      this.#sql.exec(HAS_SESSION, session).toArray().length > 0 ||
      this.erased.hasSession(session) ||
      archivedDraws(this.#sql, session).accepted > 0 ||
      (this.#archived > 0 && this.archivedIds.segmentsOf(session).length > 0)
    );
  }

  /** How many decisions by number a session has in the log, `<session>.<n>`, and the highest of these; -1 when it has none. */
  drawnIn(session: string): { accepted: number; highest: number } {
    const live = this.#sql
      .exec<{ accepted: number; highest: number }>(
        `SELECT count(*) AS accepted, ifnull(max(CAST(substr(id, ?2) AS INTEGER)), -1) AS highest FROM log
         WHERE kind = 'decision' AND id > ?1 || '.' AND id < ?1 || '/' AND substr(id, ?2) NOT GLOB '*[^0-9]*' AND offset > ?3`,
        ...[session, session.length + 2, this.#archived],
      )
      .one();
    const { accepted, highest } = archivedDraws(this.#sql, session);
    return { accepted: live.accepted + accepted, highest: Math.max(live.highest, highest) };
  }

  /** Where a decision lies; null when it is not in the log. */
  offsetOf(id: string): number | null {
    const [row] = this.#sql.exec<{ offset: number }>("SELECT offset FROM log WHERE kind = 'decision' AND id = ?", id);
    return row?.offset ?? null;
  }

  /** The record of a decision, as JSON; null when it is not in the log. */
  record(id: string): string | null {
    return this.#recordOf(`SELECT ${STORED} FROM log WHERE kind = 'decision' AND id = ?`, id);
  }

  /** The same, by the decision's offset, of one that is there. */
  recordAt(offset: number): string {
    return this.#recordOf(`SELECT ${STORED} FROM log WHERE offset = ?`, offset)!;
  }

  /** A record as it came. */
  whole({ body, actionsOf, ...beside }: StoredRecord): string {
    if (typeof body !== "string") return unpack(new Uint8Array(body), beside, this.#catalogue);
    return actionsOf === null ? body : withFormerActions(body, this.record(actionsOf));
  }

  /** Whether the catalogue has nothing that is to be removed, as far as is known. */
  get isTidy(): boolean {
    return this.#tidy;
  }

  /** Removes from the catalogue some of what no row refers to any more. */
  tidy(): void {
    // Copies of archived rows do not refer to it.
    const { oldest } = this.#sql
      .exec<{ oldest: number }>("SELECT ifnull(min(offset), 0) AS oldest FROM log WHERE offset > ?", this.#archived)
      .one();
    if (oldest === this.#tidied) return;
    this.#tidy = this.#catalogue.collect(oldest);
    if (this.#tidy) this.#tidied = oldest;
  }

  /** The decisions among the rows after an offset up to another, with their units; null: of a record that names none. */
  units(after: number, until: number): { offset: number; id: string; model: string; unit: string | null }[] {
    return this.#sql
      .exec<StoredRecord & { offset: number; model: string }>(
        `SELECT offset, model, ${STORED} FROM log WHERE offset > ? AND offset <= ? AND kind = 'decision' ORDER BY offset`,
        ...[after, until],
      )
      .toArray()
      .map(({ offset, model, ...stored }) => ({ offset, id: stored.id, model, unit: this.#unitOf(stored) }));
  }

  /**
   * Removes a decision with its feedback and activation. Records that have its actions, as in logs of before, get them first.
   * @returns how much that was, without copies of what is archived.
   */
  erase(id: string): { decisions: number; feedback: number; activations: number } {
    for (const { offset } of this.#sql
      .exec<{ offset: number }>(
        "SELECT offset FROM log WHERE kind = 'decision' AND id > ?1 || '.' AND id < ?1 || '/' AND actions_of = ?1",
        id,
      )
      .toArray())
      this.#sql.exec("UPDATE log SET body = ?, actions_of = NULL WHERE offset = ?", this.recordAt(offset), offset);
    return {
      decisions: this.#remove("kind = 'decision' AND id = ?", id),
      feedback: this.#remove("kind = 'feedback' AND id = ?", id),
      activations: this.#remove("kind = 'activation' AND id = ?", id),
    };
  }

  /** Removes feedback and activations of a session's decisions that are not there. */
  eraseEarly(session: string): { feedback: number; activations: number } {
    const early = `id > ?1 || '.' AND id < ?1 || '/'
      AND NOT EXISTS (SELECT 1 FROM log AS d WHERE d.kind = 'decision' AND d.id = log.id)`;
    return {
      feedback: this.#remove(`kind = 'feedback' AND ${early}`, session),
      activations: this.#remove(`kind = 'activation' AND ${early}`, session),
    };
  }

  /** Removes the copy of an archived row that is no longer to be in the archive. */
  eraseCopy(offset: number): void {
    this.#remove("offset = ?", offset);
  }

  /** Removes what only some units' records had. To be called when they are removed. */
  eraseContents(isOne: (unit: string) => boolean): void {
    this.#catalogue.erase(isOne);
  }

  /** See overwriteRoot. To be called in a transaction. */
  overwriteRoot(): void {
    const { newest } = this;
    if (newest === 0) return;
    overwriteRoot((n, bytes) => {
      this.#sql.exec(
        "INSERT INTO log (kind, id, at, received_at, body) VALUES ('activation', ?, 0, 0, zeroblob(?))",
        ...[`${EMPTY}${n}`, bytes],
      );
    });
    this.#sql.exec("DELETE FROM log WHERE offset > ?", newest);
  }

  /** What was appended last did not come to pass. */
  forget(): void {
    this.#appended = null;
    this.#catalogue.forget();
  }

  #unitOf({ body, actionsOf: _, ...beside }: StoredRecord): string | null {
    return typeof body === "string" ? unitOfJson(body) : unitOf(new Uint8Array(body), beside, this.#catalogue);
  }

  /**
   * Removes rows. What they said is written over first, since what SQLite deletes stays in the file until its place is needed. The next row is
   * numbered by the newest, so that one is emptied instead.
   * @returns how many, without copies of what is archived.
   */
  #remove(where: string, binding: string | number): number {
    const { newest } = this;
    const rows = this.#sql.exec<{ offset: number }>(`SELECT offset FROM log WHERE ${where}`, binding).toArray();
    for (const { offset } of rows) {
      this.#sql.exec(
        "UPDATE log SET body = zeroblob(length(CAST(body AS BLOB))) WHERE offset = ? AND body IS NOT NULL",
        offset,
      );
      if (offset < newest) this.#sql.exec("DELETE FROM log WHERE offset = ?", offset);
      else {
        this.#sql.exec("DELETE FROM log WHERE kind = 'activation' AND id = ?", EMPTY);
        this.#sql.exec(
          `UPDATE log SET kind = 'activation', id = ?, claimed_at = NULL, at = received_at, model = NULL, value = NULL, final = NULL,
             deferred = NULL, senders = NULL, body = NULL, actions_of = NULL WHERE offset = ?`,
          ...[EMPTY, offset],
        );
      }
    }
    return rows.filter(({ offset }) => offset > this.#archived).length;
  }

  #recordOf(query: string, binding: string | number): string | null {
    const [stored] = this.#sql.exec<Omit<StoredRecord, "body"> & { body: StoredRecord["body"] | null }>(query, binding);
    if (!stored) return null;
    const { body, ...beside } = stored;
    if (body === null) throw new Error(`the record of decision ${stored.id} is in the archive`);
    return this.whole({ ...beside, body });
  }

  #insert(query: string, ...bindings: (string | number | null | Uint8Array<ArrayBuffer>)[]): boolean {
    const [row] = this.#sql.exec<{ offset: number }>(query, ...bindings).toArray();
    if (row) this.#appended = row.offset;
    return row !== undefined;
  }
}
