import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";

/** What a channel remembers of the models that its pages follow: the newest notice of each version, which is live, and the newest directory. */
export class Notices {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  of(model: string, version: number): SnapshotNotice | null {
    const [row] = this.#sql.exec<{ notice: string }>(
      "SELECT notice FROM newest_notices WHERE model = ? AND version = ?",
      ...[model, version],
    );
    return row ? (JSON.parse(row.notice) as SnapshotNotice) : null;
  }

  /** Number of the newest snapshot of a version that is known of; null when none is. */
  number(model: string, version: number): number | null {
    const [row] = this.#sql.exec<{ number: number }>(
      "SELECT number FROM newest_notices WHERE model = ? AND version = ?",
      ...[model, version],
    );
    return row?.number ?? null;
  }

  /** Keeps a notice, unless a newer one is known. Its step is for those who were there before. */
  keep(notice: SnapshotNotice): void {
    this.#sql.exec(
      `INSERT INTO newest_notices (model, version, number, notice) VALUES (?, ?, ?, ?) ON CONFLICT (model, version)
       DO UPDATE SET number = excluded.number, notice = excluded.notice WHERE excluded.number > number`,
      ...[notice.model, notice.version, snapshotNumber(notice), JSON.stringify({ ...notice, step: null })],
    );
  }

  /** What was known of a model may be old. */
  forget(model: string): void {
    for (const table of ["newest_notices", "live_versions", "directories"])
      this.#sql.exec(`DELETE FROM ${table} WHERE model = ?`, model);
  }

  live(model: string): number | null {
    const [row] = this.#sql.exec<{ version: number }>("SELECT version FROM live_versions WHERE model = ?", model);
    return row?.version ?? null;
  }

  /** @param version null: it is not known any more. */
  setLive(model: string, version: number | null): void {
    if (version === null) this.#sql.exec("DELETE FROM live_versions WHERE model = ?", model);
    else if (version !== this.live(model))
      this.#sql.exec("INSERT OR REPLACE INTO live_versions (model, version) VALUES (?, ?)", model, version);
  }

  /** Number of the newest directory that is known of; null when none is. */
  directory(model: string): number | null {
    const [row] = this.#sql.exec<{ number: number }>("SELECT number FROM directories WHERE model = ?", model);
    return row?.number ?? null;
  }

  setDirectory(model: string, number: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO directories (model, number) VALUES (?, ?)", model, number);
  }
}
