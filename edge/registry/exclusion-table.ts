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

  /**
   * Names a unit no more: there is nothing of it that could be excluded, and an exclusion of it alone ends. As ever, a change makes the revision greater.
   * @returns the models of which it was named.
   */
  forget(isUnit: (name: string) => boolean, at: number): string[] {
    const models = this.#sql.exec<{ model: string }>("SELECT DISTINCT model FROM exclusions ORDER BY model").toArray();
    return models.flatMap(({ model }) => {
      const naming = this.of(model).filter((exclusion) => unitsOf(exclusion).some(isUnit));
      for (const { number, createdAt: _, endedAt, ...exclusion } of naming) {
        const others = unitsOf(exclusion).filter((name) => !isUnit(name));
        const rest = { ...exclusion, unit: others.length > 0 ? others : ERASED_UNIT };
        this.#sql.exec(
          "UPDATE exclusions SET exclusion = ?, ended_at = ifnull(ended_at, ?) WHERE model = ? AND number = ?",
          ...[JSON.stringify(rest), at, model, number],
        );
        // What still holds of it is another one; of one that had ended there is nothing else by which the revision would grow.
        if (endedAt === null && others.length > 0) this.add(model, rest, at);
        if (endedAt !== null) this.end(model, this.add(model, { unit: ERASED_UNIT }, at), at);
      }
      return naming.length > 0 ? [model] : [];
    });
  }
}

/** Stands for the unit of an exclusion that was erased. */
export const ERASED_UNIT = "(erased)";

const unitsOf = ({ unit = [] }: Exclusion): string[] => [unit].flat();
