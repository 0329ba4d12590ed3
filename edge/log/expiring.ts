import { SESSION_MEMORY } from "../../shared/contract/limits.ts";
import { writeOutput } from "../observe/output.ts";
import type { Archive } from "./archive.ts";
import { archiveDraws } from "./archived-draws.ts";
import type { ArchivedRow } from "./archived-row.ts";
import { ERASE_STEP, EXPIRE_INTERVAL } from "./limits.ts";
import { EMPTY, type Log } from "./log.ts";
import type { Expired } from "./messages.ts";
import type { Retention } from "./retention.ts";
import type { Rewriting } from "./rewriting.ts";
import type { Segment } from "./segments.ts";

/**
 * `time`: when the pass began; null: none is under way. `after`: offset of the row up to which it has come. `ended`: when the last by this setting
 * did, `seen`: by any. `doubted`: when the clock was first seen to be much later than that; null: it is not.
 */
type Pass = {
  time: number | null;
  after: number;
  ended: number | null;
  seen: number | null;
  doubted: number | null;
  setting: string;
};

/**
 * Takes out of a partition what is past its model's retention (docs/adr/0019-retention.md): decisions with their feedback and activations, from rows and archive, and what came
 * for decisions that have never come. In passes, as for erasures (erasing.ts): each goes once along the log up to where nothing can be past, a step a transaction, and begins
 * some hours after the last has ended. Of the archive it reads only files that may have something that was not past the last time.
 *
 * What is gone leaves a gap, as there.
 *
 * A clock that was put forth by a year must not take away what cannot be had again: after a time in which there were no passes, which is what that looks like, the next waits for CLOCK_DOUBT, until when
 * somebody has seen that the clock is wrong.
 */
export class Expiring {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #log: Log;
  readonly #retention: Retention;
  readonly #archive: Archive;
  readonly #rewriting: Rewriting;
  readonly #removing: () => void;
  /** When the next pass is to begin, as far as is known: it is asked with every append. */
  #nextAt: number | null = null;

  /** @param removing called in each transaction that takes rows out of the table: what was counted of them is to be kept. */
  constructor(
    storage: DurableObjectStorage,
    log: Log,
    retention: Retention,
    { archive, rewriting, removing }: { archive: Archive; rewriting: Rewriting; removing: () => void },
  ) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#log = log;
    this.#retention = retention;
    this.#archive = archive;
    this.#rewriting = rewriting;
    this.#removing = removing;
    rewriting.hear(OWNER, (_, { kind, model }) => {
      if (kind !== "decision") this.#count(model, { rows: 1 });
      else this.#count(model, { rows: 1, decisions: 1 });
    });
    if (this.#pass.setting !== retention.setting)
      storage.transactionSync(() => {
        // What was looked at may have what is past by now.
        this.#sql.exec("UPDATE segments SET looked_at = NULL");
        this.#sql.exec("UPDATE expiring SET setting = ?, time = NULL, ended = NULL", retention.setting);
      });
  }

  /** Whether a decision that comes would be past at once: one that was taken before, and is gone, would come in anew. @param at when it was made. */
  isPast(model: string, at: number, now: number): boolean {
    const period = this.#retention.of(model);
    return period !== null && at < now - period;
  }

  /** What is gone of a model; null: nothing. */
  of(model: string): Expired | null {
    const [row] = this.#sql
      .exec<Expired>("SELECT decisions, before FROM expired WHERE model = ? AND decisions > 0", model)
      .toArray();
    return row ?? null;
  }

  /** How many rows are gone, of all models. */
  get rows(): number {
    return this.#sql.exec<{ n: number }>("SELECT ifnull(sum(rows), 0) AS n FROM expired").one().n;
  }

  /** When there is something to do, ms since the epoch; null: never. */
  get dueAt(): number | null {
    if (this.#retention.shortest === null) return null;
    const now = Date.now();
    if (this.#nextAt !== null && now < this.#nextAt && now > this.#nextAt - CLOCK_DOUBT) return this.#nextAt;
    const { time, ended, doubted } = this.#pass;
    if (time !== null) return 0;
    if ((this.#archive.segments.oldestAt ?? this.#archive.oldestLiveAt) === null) return null;
    const next = ended === null ? now : Math.min(ended, now) + EXPIRE_INTERVAL;
    this.#nextAt = doubted === null || doubted > now ? next : Math.max(next, doubted + CLOCK_DOUBT);
    return this.#nextAt;
  }

  /** Goes on by a step. @throws Error when a file of the archive cannot be read, written or removed. */
  async step(): Promise<void> {
    const pass = this.#pass;
    if (pass.time === null) {
      this.#nextAt = null;
      this.#begin(pass, Date.now());
      return;
    }
    const begun = pass.time;
    const segment = this.#nextSegment(begun);
    if (segment !== null) await this.#archive.alone(() => this.#lookAt(segment, begun));
    else if (pass.after < this.#lastPast(begun))
      // Not while a file is written of rows that go.
      await this.#archive.alone(async () => this.#change(() => this.#lookAtRows(pass.after, begun)));
    else if (await this.#rewriting.step()) return;
    else if (this.#archive.removeAt !== null && this.#archive.removeAt <= Date.now())
      await this.#archive.removeOrphans();
    else this.#change(() => this.#end());
  }

  get #pass(): Pass {
    return this.#sql.exec<Pass>("SELECT time, after, ended, seen, doubted, setting FROM expiring").one();
  }

  /** Begins a pass, by the clock: the log's time may be far ahead of it. */
  #begin({ seen, doubted }: Pass, now: number): void {
    const isOdd = seen !== null && now - seen > EXPIRE_INTERVAL + CLOCK_DOUBT;
    if (!isOdd || (doubted !== null && now - doubted >= CLOCK_DOUBT))
      this.#sql.exec("UPDATE expiring SET time = ?, after = 0, doubted = NULL", now);
    else if (doubted === null || now < doubted) {
      this.#sql.exec("UPDATE expiring SET doubted = ?", now);
      writeOutput("warn", "the clock is much later than it was: what is past by it is kept for a day longer", {
        ...{ before: new Date(seen).toISOString(), now: new Date(now).toISOString() },
      });
    }
  }

  #change(act: () => void): void {
    try {
      this.#storage.transactionSync(() => {
        this.#removing();
        act();
      });
    } catch (error) {
      // What the catalogue noted does not come to pass.
      this.#log.forget();
      throw error;
    }
  }

  /** The next file that may have what has come to be past since it was looked at last. */
  #nextSegment(time: number): Segment | null {
    for (const period of this.#retention.periods) {
      const segment = this.#archive.segments.nextWithPast(period, time);
      if (segment !== null) return segment;
    }
    return null;
  }

  /** Offset of the last row of the table that may be past. */
  #lastPast(time: number): number {
    const { shortest } = this.#retention;
    return this.#log.lastBefore(time - (shortest ?? time));
  }

  async #lookAt(segment: Segment, time: number): Promise<void> {
    const rows = (await this.#archive.segments.read(segment)).filter(({ offset }) => offset >= segment.first);
    const past = rows.filter(
      ({ kind, model, receivedAt }) => kind === "decision" && this.isPast(model!, receivedAt, time),
    );
    const undecided = await this.#undecided(rows, time);
    this.#change(() => {
      for (const id of new Set([...past.map(({ id }) => id), ...undecided])) {
        this.#log.removals.add("decision", id, OWNER, this.#log.archivedIds.segmentsOf(id));
        this.#erase(id, past.find((row) => row.id === id)?.model ?? null);
      }
      if (past.length > 0 || undecided.length > 0) this.#archive.changed();
      this.#archive.segments.looked(segment, time);
    });
  }

  /** Ids of archived feedback and activations that are past, and whose decisions have never come. */
  async #undecided(rows: readonly ArchivedRow[], time: number): Promise<string[]> {
    const decided = new Set(rows.flatMap(({ kind, id }) => (kind === "decision" ? [id] : [])));
    const early = rows.filter(
      ({ kind, id, model, receivedAt }) =>
        kind !== "decision" && model === null && !decided.has(id) && this.#isUnowned(receivedAt, time),
    );
    const ids = new Set(early.map(({ id }) => id));
    if (ids.size === 0) return [];
    for (const { kind, id } of await this.#archive.rowsOf([...ids])) if (kind === "decision") ids.delete(id);
    return [...ids].filter((id) => this.#log.modelOf(id) === null);
  }

  #lookAtRows(after: number, time: number): void {
    const from = Math.max(after, this.#log.archived);
    const until = Math.min(from + ERASE_STEP, this.#lastPast(time));
    const rows = this.#sql
      .exec<{ offset: number; kind: string; id: string; model: string | null; receivedAt: number }>(
        "SELECT offset, kind, id, model, received_at AS receivedAt FROM log WHERE offset > ? AND offset <= ? ORDER BY offset",
        ...[from, until],
      )
      .toArray();
    const decisions: string[] = [];
    for (const { kind, id, model, receivedAt } of rows)
      if (kind === "decision" && this.isPast(model!, receivedAt, time)) {
        decisions.push(id);
        this.#erase(id, model);
      } else if (model === null && this.#isUnowned(receivedAt, time) && id !== EMPTY && this.#log.modelOf(id) === null)
        this.#erase(id, null);
    // So that who draws on is not taken for one that leaves out these.
    archiveDraws(this.#sql, decisions, time);
    this.#sql.exec("UPDATE expiring SET after = ?", Math.max(after, until));
  }

  #isUnowned(receivedAt: number, time: number): boolean {
    const { shortest } = this.#retention;
    return shortest !== null && receivedAt < time - shortest;
  }

  /** Takes all rows of an id out of the table. */
  #erase(id: string, model: string | null): void {
    const { decisions, feedback, activations } = this.#log.erase(id);
    this.#count(model, { rows: decisions + feedback + activations, decisions });
  }

  #count(model: string | null, { rows, decisions = 0 }: { rows: number; decisions?: number }): void {
    if (rows === 0) return;
    const { time } = this.#pass;
    const period = model === null ? this.#retention.shortest : this.#retention.of(model);
    this.#sql.exec(
      `INSERT INTO expired (model, rows, decisions, before) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, decisions = decisions + excluded.decisions, before = max(before, excluded.before)`,
      ...[model ?? "", rows, decisions, (time ?? 0) - (period ?? 0)],
    );
  }

  #end(): void {
    this.#log.removals.clear();
    this.#log.edited();
    this.#log.archivedIds.forgetUpTo(this.#archive.segments.emptyUpTo(this.#pass.time! - SESSION_MEMORY));
    this.#sql.exec("UPDATE expiring SET time = NULL, ended = ?1, seen = ?1", Date.now());
  }
}

/** How much later than at the end of the last pass the clock may be, beyond the interval; and how long a pass waits then, ms: a clock that is wrong is seen within a day. */
const CLOCK_DOUBT = 24 * 3_600_000;
/** Under which the removals are noted: no erasure has such an id. */
const OWNER = "retention";
