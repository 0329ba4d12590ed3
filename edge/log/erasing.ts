import { sessionOf } from "../../shared/contract/issued-session.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { ERASE_STEP, LETTER_STEP } from "./limits.ts";
import type { Log } from "./log.ts";
import type { ErasedCounts, Erasure, ErasureDone } from "./messages.ts";

type Row = Omit<Erasure, "unit"> & { unit: string | null; state: "waiting" | "scanning" | "done" } & ErasedCounts & {
    models: string;
  };
type Scan = { after: number; letters: number };

/**
 * Erases units from a partition: rows of the log, what the catalogue has of them alone, and dead letters. There is no index by unit, which would cost
 * a write a decision; so the whole partition is gone through, a step at a time, for all units that were to be erased when that began. Each step is one
 * transaction, and after a crash the next goes on where the last ended. Whoever is to be erased meanwhile waits for the next pass.
 *
 * What is gone leaves a gap in the offsets: positions and marks of what is left stay what they were. The newest row gives way to an empty one
 * (log.ts).
 */
export class Erasing {
  readonly #sql: SqlStorage;
  readonly #log: Log;
  readonly #letters: DeadLetters;
  /** How many units are to be erased, which is asked with every append; null: it is to be counted. */
  #pending: number | null = null;

  constructor(sql: SqlStorage, log: Log, letters: DeadLetters) {
    this.#sql = sql;
    this.#log = log;
    this.#letters = letters;
  }

  /** Takes what is to be erased, each once by its id; without a unit it is only to be remembered. In a transaction. */
  take(key: Uint8Array<ArrayBuffer>, erasures: readonly Erasure[]): void {
    if (erasures.length === 0) return;
    this.#pending = null;
    this.#log.erased.use(key);
    for (const { id, unit, hash, before } of erasures)
      this.#sql.exec(
        `INSERT INTO erasures (id, unit, hash, before, state) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        // By its own key, should the registry have lost its data and made another.
        ...[id, unit, unit === null ? hash : this.#log.erased.hash(unit), before, unit === null ? "done" : "waiting"],
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

  /** Goes on by a step, in a transaction. @returns whether there is more to do. */
  step(): boolean {
    this.#pending = null;
    const pass = this.#pass();
    if (pass.size === 0) return false;
    const { after, letters } = this.#sql.exec<Scan>("SELECT after, letters FROM erasing").one();
    if (after < this.#log.newest) this.#scanRows(pass, after);
    else if (letters < this.#letters.newest) this.#scanLetters(pass, letters);
    else this.#end(pass);
    return true;
  }

  /** The units that this pass is for, by name; a new pass begins when the last has ended. */
  #pass(): Map<string, Row> {
    let rows = this.#rows("scanning");
    if (rows.length === 0) {
      rows = this.#rows("waiting");
      if (rows.length === 0) return new Map();
      this.#sql.exec("UPDATE erasures SET state = 'scanning' WHERE state = 'waiting'");
      this.#sql.exec("UPDATE erasing SET after = 0, letters = 0");
    }
    return new Map(rows.map((row) => [row.unit!, row]));
  }

  #rows(state: Row["state"]): Row[] {
    return this.#sql.exec<Row>("SELECT * FROM erasures WHERE state = ? ORDER BY before", state).toArray();
  }

  #scanRows(pass: ReadonlyMap<string, Row>, after: number): void {
    const until = after + ERASE_STEP;
    const sessions = new Map<string, Row>();
    for (const { id, model, unit } of this.#log.units(after, until)) {
      const erasure = unit === null ? undefined : pass.get(unit);
      if (!erasure) continue;
      const gone = this.#log.erase(id);
      this.#log.erased.add(id, erasure.before);
      const models = [...new Set([...(JSON.parse(erasure.models) as string[]), model])].sort();
      erasure.models = JSON.stringify(models);
      this.#count(erasure, gone);
      if (id.includes(".")) sessions.set(sessionOf(id), erasure);
    }
    // What was said of decisions of these sessions that have never come.
    for (const [session, erasure] of sessions) this.#count(erasure, this.#log.eraseEarly(session));
    this.#sql.exec("UPDATE erasing SET after = ?", until);
  }

  #count(erasure: Row, gone: Partial<ErasedCounts>): void {
    for (const [kind, n] of Object.entries(gone) as [keyof ErasedCounts, number][]) erasure[kind] += n;
    const { id, decisions, feedback, activations, letters, models } = erasure;
    this.#sql.exec(
      "UPDATE erasures SET decisions = ?, feedback = ?, activations = ?, letters = ?, models = ? WHERE id = ?",
      ...[decisions, feedback, activations, letters, models, id],
    );
  }

  #scanLetters(pass: ReadonlyMap<string, Row>, after: number): void {
    const { letters, next } = this.#letters.page({ after, limit: LETTER_STEP, reason: null });
    const gone: number[] = [];
    for (const { number, id, body, reason } of letters) {
      const erasure =
        unitNamedIn(body, pass) ??
        unitNamedIn(reason, pass) ??
        (id !== null && this.#log.erased.hasDecision(id) ? "" : null);
      if (erasure === null) continue;
      gone.push(number);
      if (erasure !== "") this.#count(pass.get(erasure)!, { letters: 1 });
    }
    this.#letters.remove(gone);
    this.#sql.exec("UPDATE erasing SET letters = ?", next ?? this.#letters.newest);
  }

  #end(pass: ReadonlyMap<string, Row>): void {
    this.#letters.forgetReasons((reason) => unitNamedIn(reason, pass) !== null);
    for (const unit of pass.keys()) this.#log.eraseContents(unit);
    this.#sql.exec("UPDATE erasures SET state = 'done', unit = NULL WHERE state = 'scanning'");
  }
}

/**
 * A unit whose name stands in a text as a string of JSON, wherever it does: in a letter anything may be anywhere, and only the beginning of a long one is kept.
 * Null: none.
 */
export function unitNamedIn(text: string, units: { has(unit: string): boolean }): string | null {
  for (const [quoted] of text.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    const name = unquoted(quoted);
    if (name !== null && units.has(name)) return name;
  }
  return null;
}

function unquoted(text: string): string | null {
  try {
    return JSON.parse(text) as string;
  } catch {
    return null;
  }
}
