import { sessionOf } from "../../shared/contract/issued-session.ts";
import { deadline } from "../storage/clock.ts";
import { NameSearch } from "../storage/names-in.ts";
import type { Scrub } from "../storage/scrub.ts";
import type { Archive } from "./archive.ts";
import { removeDraw } from "./archived-draws.ts";
import { decisionsAfter } from "./archived-row.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Erased } from "./erased.ts";
import { ERASE_STEP, LETTER_LOOK, LETTER_STEP, UPLOAD_DELAY } from "./limits.ts";
import type { Log } from "./log.ts";
import type { ErasedCounts, Erasure, ErasureDone } from "./messages.ts";
import type { Rewriting } from "./rewriting.ts";

type Row = Omit<Erasure, "gone"> & { state: "waiting" | "scanning" | "done" } & ErasedCounts & {
    models: string;
  };
type Scan = { after: number; letters: number };
/** A decision that is looked at, wherever it lies. */
type Decision = { id: string; model: string; unit: string | null };

/**
 * Erases units from a partition: rows of the log and of the archive, what the catalogue has of them alone, and dead letters. There is no index by unit, which would cost
 * a write a decision; so the whole partition is gone through, a step at a time, for all units that were to be erased when that began. Each step is one
 * transaction, and after a crash the next goes on where the last ended. Whoever is to be erased meanwhile waits for the next pass.
 *
 * All rows are gone through by rising offset, first those of the archive, a file a step. What is found there is noted (removals.ts), and when all is found, each
 * file that has some of it is written anew without; then the old files are removed.
 *
 * What is gone leaves a gap in the offsets: positions and marks of what is left stay what they were. The newest row gives way to an empty one
 * (log.ts).
 */
export class Erasing {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #log: Log;
  readonly #letters: DeadLetters;
  readonly #archive: Archive;
  readonly #rewriting: Rewriting;
  readonly #scrub: Scrub;
  readonly #removing: () => void;
  /** Files that are in no segment when this pass has come to the end of rows and files: it ends when they are gone, and none can come any more. null: it has not looked yet. */
  #leaving: Set<string> | null = null;
  /** While it waits for that, until when, ms since the epoch. */
  #goesOnAt = 0;
  /** How far the letter has been looked through that one step has not come to the end of; null: none. After a crash it is begun again. */
  #inside: { letter: number; at: number } | null = null;
  /** Reasons of past letters that were looked at in this pass, and name none of its units. */
  readonly #clean = new Set<string>();
  /** How many units are to be erased, which is asked with every append; null: it is to be counted. */
  #pending: number | null = null;

  /** @param removing called in each transaction that takes rows out of the table: what was counted of them is to be kept. */
  constructor(
    storage: DurableObjectStorage,
    log: Log,
    letters: DeadLetters,
    {
      archive,
      rewriting,
      scrub,
      removing,
    }: { archive: Archive; rewriting: Rewriting; scrub: Scrub; removing: () => void },
  ) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#log = log;
    this.#letters = letters;
    this.#archive = archive;
    this.#rewriting = rewriting;
    this.#scrub = scrub;
    this.#removing = removing;
    rewriting.hear(null, (id, { kind }) => {
      const erasure = this.#rows("scanning").find((row) => row.id === id);
      if (erasure) this.#count(erasure, { [kind === "feedback" ? kind : (`${kind}s` as const)]: 1 });
    });
  }

  /** Takes what is to be erased, each once by its id. In a transaction. */
  take(key: Uint8Array<ArrayBuffer>, erasures: readonly Erasure[]): void {
    if (erasures.length === 0) return;
    this.#pending = null;
    this.#log.erased.use(key);
    for (const { id, hash, before, gone } of erasures)
      this.#sql.exec(
        "INSERT INTO erasures (id, hash, before, state) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ...[id, hash, before, gone ? "done" : "waiting"],
      );
  }

  /** What became of those of some that are done. */
  done(ids: readonly string[]): ErasureDone[] {
    return this.#sql
      .exec<Row>(
        "SELECT * FROM erasures WHERE state = 'done' AND id IN (SELECT value FROM json_each(?))",
        JSON.stringify(ids),
      )
      .toArray()
      .map(({ id, decisions, feedback, activations, letters, models }) => ({
        ...{ id, decisions, feedback, activations, letters },
        models: JSON.parse(models) as string[],
      }));
  }

  /** How many units are to be erased. */
  get pending(): number {
    this.#pending ??= this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM erasures WHERE state <> 'done'").one().n;
    return this.#pending;
  }

  /** When it has something to do, ms since the epoch; null: nothing is to be erased. */
  get dueAt(): number | null {
    return this.pending > 0 ? deadline(this.#goesOnAt, UPLOAD_DELAY) : null;
  }

  /** Goes on by a step. @throws Error when a file of the archive cannot be read, written or removed. */
  async step(): Promise<void> {
    const pass = this.#change(() => this.#pass());
    if (pass.size === 0) return;
    this.#goesOnAt = 0;
    const { after, letters } = this.#sql.exec<Scan>("SELECT after, letters FROM erasing").one();
    if (after < this.#log.archived) await this.#archive.alone(() => this.#scanSegment(pass, after));
    else if (after < this.#log.newest)
      // Not while a file is written of rows that go.
      await this.#archive.alone(async () => this.#change(() => this.#scanRows(pass, after)));
    else if (await this.#rewriting.step()) return;
    else if (this.#leaving === null) {
      await this.#archive.removeStrays(true);
      this.#leaving = this.#archive.segments.orphans;
    } else if ([...this.#archive.segments.orphans].some((key) => this.#leaving!.has(key))) {
      await this.#archive.removeOrphans();
      this.#goesOnAt = this.#archive.removeAt ?? 0;
    } else if (letters < this.#letters.newest) this.#change(() => this.#scanLetters(pass, letters));
    else this.#change(() => this.#forgetReasons(pass) && this.#end(pass));
  }

  #change<T>(act: () => T): T {
    this.#pending = null;
    try {
      return this.#storage.transactionSync(() => {
        this.#removing();
        return act();
      });
    } catch (error) {
      // What the catalogue noted does not come to pass.
      this.#log.forget();
      throw error;
    }
  }

  /** The units that this pass is for; a new pass begins when the last has ended. */
  #pass(): Pass {
    let rows = this.#rows("scanning");
    if (rows.length === 0) {
      rows = this.#rows("waiting");
      if (rows.length === 0) return new Pass([], this.#log.erased);
      this.#sql.exec("UPDATE erasures SET state = 'scanning' WHERE state = 'waiting'");
      this.#sql.exec("UPDATE erasing SET after = 0, letters = 0");
      this.#leaving = null;
      this.#clean.clear();
    }
    return new Pass(rows, this.#log.erased);
  }

  #rows(state: Row["state"]): Row[] {
    return this.#sql.exec<Row>("SELECT * FROM erasures WHERE state = ? ORDER BY before", state).toArray();
  }

  #scanRows(pass: Pass, after: number): void {
    // The archive has come further meanwhile: what is in it is read there.
    if (after < this.#log.archived) return;
    this.#erase(pass, this.#log.units(after, after + ERASE_STEP), after + ERASE_STEP);
  }

  async #scanSegment(pass: Pass, after: number): Promise<void> {
    const segment = this.#archive.segments.after(after)!;
    const found = decisionsAfter(await this.#archive.segments.read(segment), segment, after);
    this.#change(() => {
      for (const { id } of this.#erase(pass, found, segment.last)) removeDraw(this.#sql, id);
    });
  }

  /** Erases from the table what some decisions are of the units, and notes what of it is in the archive. @returns those that were. */
  #erase(pass: Pass, decisions: readonly Decision[], until: number): Decision[] {
    const sessions = new Map<string, Row>();
    const erased = decisions.filter(({ id, model, unit }) => {
      const erasure = unit === null ? null : pass.of(unit);
      if (!erasure) return false;
      this.#log.removals.add("decision", id, erasure.id, this.#log.archivedIds.segmentsOf(id));
      const gone = this.#log.erase(id);
      this.#log.erased.add(id, erasure.before);
      const models = [...new Set([...(JSON.parse(erasure.models) as string[]), model])].sort();
      erasure.models = JSON.stringify(models);
      this.#count(erasure, gone);
      if (id.includes(".")) sessions.set(sessionOf(id), erasure);
      return true;
    });
    // What was said of decisions of these sessions that have never come.
    for (const [session, erasure] of sessions) {
      this.#log.removals.add("session", session, erasure.id, this.#log.archivedIds.segmentsOf(session));
      this.#count(erasure, this.#log.eraseEarly(session));
    }
    if (erased.length > 0) this.#archive.changed();
    this.#sql.exec("UPDATE erasing SET after = ?", until);
    return erased;
  }

  #count(erasure: Row, gone: Partial<ErasedCounts>): void {
    for (const [kind, n] of Object.entries(gone) as [keyof ErasedCounts, number][]) erasure[kind] += n;
    const { id, decisions, feedback, activations, letters, models } = erasure;
    this.#sql.exec(
      "UPDATE erasures SET decisions = ?, feedback = ?, activations = ?, letters = ?, models = ? WHERE id = ?",
      ...[decisions, feedback, activations, letters, models, id],
    );
  }

  #scanLetters(pass: Pass, after: number): void {
    const search = new NameSearch(pass, LETTER_LOOK);
    const gone: number[] = [];
    let until = after;
    let looked = 0;
    let inside: { letter: number; at: number } | null = null;
    for (const { number, id, body, reason } of this.#letters.after(after)) {
      const found = search.in(body, this.#inside?.letter === number ? this.#inside.at : 0);
      const { name, next } = found.name === null && found.next === null ? search.in(reason) : found;
      if (next !== null) {
        // Of a reason, which is short, all is looked at again.
        inside = { letter: number, at: found.next ?? body.length };
        break;
      }
      if (name !== null) this.#count(pass.of(name)!, { letters: 1 });
      if (name !== null || (id !== null && this.#log.erased.hasDecision(id))) gone.push(number);
      until = number;
      if (++looked === LETTER_STEP || search.isOver) break;
    }
    this.#inside = inside;
    this.#letters.remove(gone);
    this.#sql.exec("UPDATE erasing SET letters = ?", until);
  }

  /** Lets no reason of past letters name the units any more. @returns whether all were looked at. */
  #forgetReasons(pass: Pass): boolean {
    const search = new NameSearch(pass, LETTER_LOOK);
    let isDone = true;
    this.#letters.forgetReasons((reason) => {
      if (this.#clean.has(reason)) return false;
      const { name, next } = search.in(reason);
      if (next !== null) isDone = false;
      else if (name === null) this.#clean.add(reason);
      return name !== null;
    });
    return isDone;
  }

  #end(pass: Pass): void {
    this.#log.eraseContents((unit) => pass.has(unit));
    this.#log.removals.clear();
    this.#log.overwriteRoot();
    this.#letters.overwriteRoot();
    this.#scrub.want();
    this.#log.edited();
    this.#sql.exec("UPDATE erasures SET state = 'done' WHERE state = 'scanning'");
  }
}

/** The units that are erased together: found by hashes of their names, which are nowhere. */
class Pass {
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #erased: Erased;

  constructor(rows: readonly Row[], erased: Erased) {
    this.#rows = new Map(rows.map((row) => [row.hash, row]));
    this.#erased = erased;
  }

  get size(): number {
    return this.#rows.size;
  }

  has(unit: string): boolean {
    return this.of(unit) !== null;
  }

  of(unit: string): Row | null {
    for (const hash of this.#erased.hashes(unit)) {
      const row = this.#rows.get(hash);
      if (row) return row;
    }
    return null;
  }
}
