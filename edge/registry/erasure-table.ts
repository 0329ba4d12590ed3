import type { ErasedCounts, Erasure, ErasureDone } from "../log/messages.ts";
import { keyedHash } from "../storage/keyed-hash.ts";
import type { RegisteredErasure } from "./messages.ts";

type Row = {
  id: string;
  hash: string;
  requestedAt: number;
  rowsAt: number | null;
  doneAt: number | null;
  parts: string;
  waits: string;
};
type Parts = Record<string, ErasureDone>;
/** By model: the number of the relearning that leaves the unit out. */
type Waits = Record<string, number>;
/** Learning a model's log again without what was erased. `revision`: its number, which rises. Times are ms since the epoch. */
export type Relearning = {
  model: string;
  revision: number;
  /** Since when another is wanted; null: none is. */
  wantedAt: number | null;
  begunAt: number | null;
  /** null while it is under way. */
  endedAt: number | null;
};

export const isUnderWay = ({ begunAt, endedAt }: Relearning): boolean => begunAt !== null && endedAt === null;

const ROW = "id, hash, requested_at AS requestedAt, rows_at AS rowsAt, done_at AS doneAt, parts, waits";

/** Units that are to be erased, and what became of each. Of their names there are only hashes: to have one erased, nobody writes it down. */
export class ErasureTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What units are hashed with, here and in the partitions; made when it is first needed. */
  get key(): Uint8Array<ArrayBuffer> {
    this.#sql.exec("INSERT OR IGNORE INTO erasure_key VALUES (1, randomblob(16))");
    return new Uint8Array(this.#sql.exec<{ key: ArrayBuffer }>("SELECT key FROM erasure_key").one().key);
  }

  /** Asks for a unit to be erased; while that is being done, once. @returns its id. */
  add(unit: string, now: number): string {
    const hash = keyedHash(this.key, unit);
    const [known] = this.#sql.exec<{ id: string }>("SELECT id FROM erasures WHERE hash = ? AND rows_at IS NULL", hash);
    if (known) return known.id;
    const id = crypto.randomUUID();
    this.#sql.exec(
      "INSERT INTO erasures (id, hash, requested_at, parts, waits) VALUES (?, ?, ?, '{}', '{}')",
      ...[id, hash, now],
    );
    return id;
  }

  /** How many are not done. */
  get pending(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM erasures WHERE done_at IS NULL").one().n;
  }

  /** Whether rows of some are still to be erased. */
  get hasRows(): boolean {
    return this.#sql.exec("SELECT 1 FROM erasures WHERE rows_at IS NULL LIMIT 1").toArray().length > 0;
  }

  /** What a partition has not said to be done, the oldest first, at most so much. */
  of(partition: string, limit: number): Erasure[] {
    return this.#sql
      .exec<Omit<Erasure, "gone"> & { gone: number }>(
        `SELECT id, hash, requested_at AS before, rows_at IS NOT NULL AS gone FROM erasures
         WHERE json_type(parts, '$."' || ? || '"') IS NULL ORDER BY requested_at LIMIT ?`,
        ...[partition, limit],
      )
      .toArray()
      .map(({ gone, ...erasure }) => ({ ...erasure, gone: gone === 1 }));
  }

  /**
   * A partition has erased some. @param partitions all that there are.
   * @returns those of which all partitions have.
   */
  took(
    partition: string,
    done: readonly ErasureDone[],
    partitions: readonly string[],
    now: number,
  ): { id: string; isUnit: (name: string) => boolean; models: string[] }[] {
    const through: { id: string; isUnit: (name: string) => boolean; models: string[] }[] = [];
    for (const one of done) {
      const row = this.#row(one.id);
      if (!row) continue;
      const parts = { ...(JSON.parse(row.parts) as Parts), [partition]: one };
      this.#sql.exec("UPDATE erasures SET parts = ? WHERE id = ?", JSON.stringify(parts), one.id);
      if (row.rowsAt !== null || !partitions.every((name) => Object.hasOwn(parts, name))) continue;
      this.#sql.exec("UPDATE erasures SET rows_at = ? WHERE id = ?", now, one.id);
      const models = [...new Set(Object.values(parts).flatMap((part) => part.models))].sort();
      const { key } = this;
      through.push({ id: one.id, isUnit: (name) => keyedHash(key, name) === row.hash, models });
    }
    return through;
  }

  /** Models are to be learned again without a unit whose rows are gone; done at once when there are none. */
  wait(id: string, models: readonly string[], now: number): void {
    const waits: Waits = {};
    this.want(models, now);
    for (const model of models) waits[model] = this.revision(model) + 1;
    const doneAt = models.length === 0 ? now : null;
    this.#sql.exec("UPDATE erasures SET waits = ?, done_at = ? WHERE id = ?", JSON.stringify(waits), doneAt, id);
  }

  /** Models are to be learned again, whatever was erased of them. */
  want(models: readonly string[], now: number): void {
    for (const model of models)
      this.#sql.exec(
        `INSERT INTO relearning (model, revision, wanted_at) VALUES (?, 0, ?)
         ON CONFLICT DO UPDATE SET wanted_at = ifnull(wanted_at, excluded.wanted_at)`,
        ...[model, now],
      );
  }

  /** A model need not be learned again. */
  unwant(model: string): void {
    this.#sql.exec("UPDATE relearning SET wanted_at = NULL WHERE model = ?", model);
  }

  relearnings(): Relearning[] {
    return this.#sql
      .exec<Relearning>(
        "SELECT model, revision, wanted_at AS wantedAt, begun_at AS begunAt, ended_at AS endedAt FROM relearning",
      )
      .toArray();
  }

  /** Number of the last time that a model was to be learned again; 0: it never was. */
  revision(model: string): number {
    const [row] = this.#sql.exec<{ revision: number }>("SELECT revision FROM relearning WHERE model = ?", model);
    return row?.revision ?? 0;
  }

  /** Numbers are times, so that a registry that has lost its data gives none that trainers know from before. */
  beginRelearning(model: string, now: number): void {
    this.#sql.exec(
      `UPDATE relearning SET revision = max(revision + 1, ?1), wanted_at = NULL, begun_at = ?1, ended_at = NULL
       WHERE model = ?2`,
      ...[now, model],
    );
  }

  /** Trainers of a model know of a later time, so what was begun here was not begun there. */
  raise(model: string, revision: number, now: number): void {
    this.want([model], now);
    this.#sql.exec(
      "UPDATE relearning SET revision = ?, begun_at = NULL, ended_at = NULL WHERE model = ?",
      ...[revision, model],
    );
  }

  /** All versions of a model have learned again. */
  endRelearning(model: string, revision: number, now: number): void {
    this.#sql.exec("UPDATE relearning SET ended_at = ? WHERE model = ? AND revision = ?", now, model, revision);
    for (const { id, waits } of this.#sql
      .exec<{ id: string; waits: string }>(
        "SELECT id, waits FROM erasures WHERE done_at IS NULL AND rows_at IS NOT NULL",
      )
      .toArray()) {
      const left = JSON.parse(waits) as Waits;
      if (left[model] === undefined || left[model] > revision) continue;
      delete left[model];
      const doneAt = Object.keys(left).length === 0 ? now : null;
      this.#sql.exec("UPDATE erasures SET waits = ?, done_at = ? WHERE id = ?", JSON.stringify(left), doneAt, id);
    }
  }

  /** Forgets what was done before a time. */
  forget(before: number): void {
    this.#sql.exec("DELETE FROM erasures WHERE done_at < ?", before);
  }

  find(id: string, partitions: readonly string[]): RegisteredErasure | null {
    const row = this.#row(id);
    return row && registered(row, partitions);
  }

  /** The newest. */
  list(partitions: readonly string[], limit: number): RegisteredErasure[] {
    return this.#sql
      .exec<Row>(`SELECT ${ROW} FROM erasures ORDER BY requested_at DESC, id LIMIT ?`, limit)
      .toArray()
      .map((row) => registered(row, partitions));
  }

  #row(id: string): Row | null {
    const [row] = this.#sql.exec<Row>(`SELECT ${ROW} FROM erasures WHERE id = ?`, id);
    return row ?? null;
  }
}

function registered(
  { id, requestedAt, rowsAt, doneAt, ...row }: Row,
  partitions: readonly string[],
): RegisteredErasure {
  const parts = JSON.parse(row.parts) as Parts;
  const erased: ErasedCounts = { decisions: 0, feedback: 0, activations: 0, letters: 0 };
  for (const part of Object.values(parts))
    for (const kind of Object.keys(erased) as (keyof ErasedCounts)[]) erased[kind] += part[kind];
  const waitsFor =
    rowsAt === null
      ? partitions.filter((name) => !Object.hasOwn(parts, name)).map((name) => `partition ${name}`)
      : Object.keys(JSON.parse(row.waits) as Waits);
  const state = rowsAt === null ? "erasing" : doneAt === null ? "relearning" : "done";
  return { id, state, requestedAt, rowsAt, doneAt, erased, waitsFor };
}
