import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";

/** What a channel remembers: the newest notice of each version, which is live, and the newest directory. */
export class Notices {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  of(version: number): SnapshotNotice | null {
    const [row] = this.#sql.exec<{ notice: string }>("SELECT notice FROM notices WHERE version = ?", version);
    return row ? (JSON.parse(row.notice) as SnapshotNotice) : null;
  }

  /** Number of the newest snapshot of a version that is known of; null when none is. */
  number(version: number): number | null {
    const [row] = this.#sql.exec<{ number: number }>("SELECT number FROM notices WHERE version = ?", version);
    return row?.number ?? null;
  }

  /** Keeps a notice, unless a newer one is known. Its step is for those who were there before. */
  keep(notice: SnapshotNotice): void {
    this.#sql.exec(
      `INSERT INTO notices (version, number, notice) VALUES (?, ?, ?) ON CONFLICT (version)
       DO UPDATE SET number = excluded.number, notice = excluded.notice WHERE excluded.number > number`,
      notice.version,
      snapshotNumber(notice),
      JSON.stringify({ ...notice, step: null }),
    );
  }

  get live(): number | null {
    const [row] = this.#sql.exec<{ version: number }>("SELECT version FROM live");
    return row?.version ?? null;
  }

  set live(version: number | null) {
    if (version === null) this.#sql.exec("DELETE FROM live");
    else if (version !== this.live) this.#sql.exec("INSERT OR REPLACE INTO live (one, version) VALUES (1, ?)", version);
  }

  /** Number of the newest directory that is known of; null when none is. */
  get directory(): number | null {
    const [row] = this.#sql.exec<{ number: number }>("SELECT number FROM directory");
    return row?.number ?? null;
  }

  set directory(number: number) {
    this.#sql.exec("INSERT OR REPLACE INTO directory (one, number) VALUES (1, ?)", number);
  }
}
