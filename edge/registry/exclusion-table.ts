import type { Exclusion, Exclusions } from "../../shared/contract/exclusion.ts";
import type { RegisteredExclusion } from "./messages.ts";

type Row = { number: number; exclusion: string; createdAt: number; endedAt: number | null };

/** What of the models' logs is not learned, and was once. */
export class ExclusionTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** By rising number. */
  of(model: string): RegisteredExclusion[] {
    return this.#sql
      .exec<Row>(
        `SELECT number, exclusion, created_at AS createdAt, ended_at AS endedAt FROM exclusions WHERE model = ?
         ORDER BY number`,
        model,
      )
      .toArray()
      .map(({ exclusion, ...row }) => ({ ...row, ...(JSON.parse(exclusion) as Exclusion) }));
  }

  /** Those that hold. Nothing is ever deleted, so each change makes the revision greater. */
  current(model: string): Exclusions {
    const all = this.of(model);
    const held = all.filter(({ endedAt }) => endedAt === null);
    const list = held.map(({ number: _, createdAt: __, endedAt: ___, ...exclusion }) => exclusion);
    return { revision: 2 * all.length - held.length, list };
  }

  add(model: string, exclusion: Exclusion, createdAt: number): number {
    const number = this.of(model).length + 1;
    this.#sql.exec(
      "INSERT INTO exclusions (model, number, exclusion, created_at, ended_at) VALUES (?, ?, ?, ?, NULL)",
      ...[model, number, JSON.stringify(exclusion), createdAt],
    );
    return number;
  }

  replace(model: string, exclusions: readonly RegisteredExclusion[]): void {
    this.#sql.exec("DELETE FROM exclusions WHERE model = ?", model);
    for (const { number, createdAt, endedAt, ...exclusion } of exclusions)
      this.#sql.exec(
        "INSERT INTO exclusions (model, number, exclusion, created_at, ended_at) VALUES (?, ?, ?, ?, ?)",
        ...[model, number, JSON.stringify(exclusion), createdAt, endedAt],
      );
  }

  end(model: string, number: number, at: number): void {
    this.#sql.exec("UPDATE exclusions SET ended_at = ? WHERE model = ? AND number = ?", at, model, number);
  }
}
