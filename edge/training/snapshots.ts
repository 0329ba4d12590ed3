import type { ArtifactPointer, SnapshotPointer } from "../../shared/contract/manifest.ts";
import { KEPT_SNAPSHOTS } from "../limits.ts";
import { deleteArtifacts } from "../storage/artifacts.ts";

type Row = {
  number: number;
  sha256: string;
  bytes: number;
  publishedAt: number;
  newestFeedbackAt: number | null;
};

/** The pointers to a model's published snapshots. */
export class Snapshots {
  readonly #sql: SqlStorage;
  readonly #bucket: R2Bucket;

  constructor(sql: SqlStorage, bucket: R2Bucket) {
    this.#sql = sql;
    this.#bucket = bucket;
  }

  newest(version: number): SnapshotPointer | null {
    const [row] = this.#sql.exec<Row>(
      `SELECT number, sha256, bytes, published_at AS publishedAt, newest_feedback_at AS newestFeedbackAt
       FROM snapshots WHERE version = ? ORDER BY number DESC LIMIT 1`,
      version,
    );
    return row ? { url: `/v1/artifacts/${row.sha256}`, ...row } : null;
  }

  /** How many examples the newest snapshot of a version has learned. */
  examples(version: number): number {
    return this.#sql
      .exec<{ examples: number }>(
        "SELECT examples FROM snapshots WHERE version = ? ORDER BY number DESC LIMIT 1",
        version,
      )
      .one().examples;
  }

  add(version: number, snapshot: ArtifactPointer & Omit<SnapshotPointer, "url">, examples: number): void {
    this.#sql.exec(
      `INSERT INTO snapshots (version, number, sha256, bytes, examples, published_at, newest_feedback_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      version,
      snapshot.number,
      snapshot.sha256,
      snapshot.bytes,
      examples,
      snapshot.publishedAt,
      snapshot.newestFeedbackAt,
    );
  }

  /** Deletes all but the newest snapshots and the last one of every version, so that the store does not grow for ever. */
  async prune(): Promise<void> {
    const old = this.#sql
      .exec<{ version: number; number: number; sha256: string }>(
        `SELECT version, number, sha256 FROM (
           SELECT *, row_number() OVER (ORDER BY version DESC, number DESC) AS age,
             row_number() OVER (PARTITION BY version ORDER BY number DESC) AS place FROM snapshots
         ) WHERE age > ? AND place > 1`,
        KEPT_SNAPSHOTS,
      )
      .toArray();
    // The bytes first: were the pointers gone and the bytes not, nobody would know of them any more.
    await deleteArtifacts(
      this.#bucket,
      old.map(({ sha256 }) => sha256),
    );
    for (const { version, number } of old)
      this.#sql.exec("DELETE FROM snapshots WHERE version = ? AND number = ?", version, number);
  }
}
