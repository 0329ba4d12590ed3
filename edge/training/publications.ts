import type { Publication, SnapshotPointer } from "../../shared/contract/publication.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import { deleteArtifacts } from "../storage/artifacts.ts";
import { PRUNE_LIMIT } from "./limits.ts";
import type { KeptSnapshot } from "./messages.ts";
import type { PastPublication } from "./past-publications.ts";

/** `beginning`: see schema.ts. */
type Newest = { publication: Publication; beginning: number };

/** As a beginning: of a life that the trainer does not remember, so that what it learns now is published when it is as much. */
export const FORMER_LIFE = 0;

/** The pointers to a version's kept snapshots. A number, once it is here, never names anything else. */
export class Publications {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  #newest: Newest | null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    const [row] = this.#sql.exec<{ publication: string; beginning: number }>(
      "SELECT publication, beginning FROM newest",
    );
    this.#newest = row ? { publication: JSON.parse(row.publication) as Publication, beginning: row.beginning } : null;
  }

  /** The newest publication, and of which beginning what it has learned is; null before the first. */
  get newest(): Newest | null {
    return this.#newest;
  }

  /** @param caughtUp whether it has what was learned at the end of every partition. */
  add(publication: Publication, beginning: number, caughtUp: boolean): void {
    const { snapshot, delta, examples } = publication;
    const { publishedAt, newestFeedbackAt } = delta ?? snapshot;
    this.#storage.transactionSync(() => {
      if (delta === null)
        this.#sql.exec(
          "INSERT INTO bases (number, sha256, bytes, published_at, newest_feedback_at) VALUES (?, ?, ?, ?, ?)",
          snapshot.number,
          snapshot.sha256,
          snapshot.bytes,
          publishedAt,
          newestFeedbackAt,
        );
      this.#sql.exec(
        `INSERT INTO publications (number, base, sha256, bytes, examples, published_at, newest_feedback_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        snapshotNumber(publication),
        snapshot.number,
        delta?.sha256 ?? null,
        delta?.bytes ?? null,
        examples,
        publishedAt,
        newestFeedbackAt,
      );
      this.#setNewest(publication, beginning);
      if (caughtUp) this.#sql.exec("UPDATE version SET caught_up = 1 WHERE caught_up = 0");
    });
    this.#newest = { publication, beginning };
  }

  /** The highest number of all that are kept; null when there is none. */
  get highest(): number | null {
    return this.#sql.exec<{ highest: number | null }>("SELECT max(number) AS highest FROM publications").one().highest;
  }

  /**
   * Takes publications that the store has, by rising number, into a list that has lost them. Deltas without their base are of no use. @param newest the last of them, as the pointer in the store has
   * it. @param beginning of which it counts.
   */
  recover(past: readonly PastPublication[], newest: Publication, beginning: number): void {
    this.#storage.transactionSync(() => {
      const bases = new Set<number>();
      for (const { number, base, sha256, bytes, examples, publishedAt, newestFeedbackAt } of past) {
        if (base === number) {
          bases.add(number);
          this.#sql.exec(
            "INSERT OR IGNORE INTO bases (number, sha256, bytes, published_at, newest_feedback_at) VALUES (?, ?, ?, ?, ?)",
            ...[number, sha256, bytes, publishedAt, newestFeedbackAt],
          );
        } else if (!bases.has(base)) continue;
        this.#sql.exec(
          `INSERT OR IGNORE INTO publications (number, base, sha256, bytes, examples, published_at, newest_feedback_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          ...[number, base, base === number ? null : sha256, base === number ? null : bytes],
          ...[examples, publishedAt, newestFeedbackAt],
        );
      }
      this.#setNewest(newest, beginning);
      this.#sql.exec("UPDATE version SET caught_up = 0");
    });
    this.#newest = { publication: newest, beginning };
  }

  #setNewest(publication: Publication, beginning: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO newest (one, publication, beginning) VALUES (1, ?, ?)",
      ...[JSON.stringify(publication), beginning],
    );
  }

  /** Pointers to a snapshot; null when it was never published or is no longer kept. */
  of(number: number): KeptSnapshot | null {
    const [row] = this.#sql.exec<PointerRow & { base: number }>(
      `SELECT number, base, ${POINTER} FROM publications WHERE number = ?`,
      number,
    );
    if (!row) return null;
    const { base, ...delta } = row;
    const snapshot = pointerTo(
      this.#sql.exec<PointerRow>(`SELECT number, ${POINTER} FROM bases WHERE number = ?`, base).one(),
    );
    return { snapshot, delta: base === number ? null : pointerTo(delta) };
  }

  /** When the oldest publication was made of which not all must be kept; null when there is none. */
  oldest(): number | null {
    const [row] = this.#sql.exec<{ publishedAt: number }>(
      `SELECT published_at AS publishedAt FROM publications
       WHERE number < (SELECT max(number) FROM publications) ORDER BY number LIMIT 1`,
    );
    return row?.publishedAt ?? null;
  }

  /**
   * Forgets publications from before a time, and deletes what only they need: all but the newest, and but the bases of those
   * that are kept. A bounded part at a time.
   * @returns whether there may be more.
   */
  async prune(bucket: R2Bucket, before: number): Promise<boolean> {
    const old = this.#sql
      .exec<{ number: number; sha256: string | null }>(
        `SELECT number, sha256 FROM publications
         WHERE published_at < ? AND number < (SELECT max(number) FROM publications) ORDER BY number LIMIT ?`,
        before,
        PRUNE_LIMIT,
      )
      .toArray();
    const last = old.at(-1);
    if (!last) return false;
    // Bases rise with the numbers of what is on them.
    const { keptBase } = this.#sql
      .exec<{ keptBase: number }>(
        "SELECT base AS keptBase FROM publications WHERE number > ? ORDER BY number LIMIT 1",
        last.number,
      )
      .one();
    const bases = this.#sql.exec<{ sha256: string }>("SELECT sha256 FROM bases WHERE number < ?", keptBase).toArray();
    const deltas = old.flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256]));
    // The bytes first: were the pointers gone and the bytes not, nobody would know of them any more.
    await deleteArtifacts(bucket, [...deltas, ...bases.map(({ sha256 }) => sha256)]);
    this.#storage.transactionSync(() => {
      this.#sql.exec("DELETE FROM publications WHERE number <= ?", last.number);
      this.#sql.exec("DELETE FROM bases WHERE number < ?", keptBase);
    });
    return old.length === PRUNE_LIMIT;
  }
}

type PointerRow = {
  number: number;
  sha256: string;
  bytes: number;
  publishedAt: number;
  newestFeedbackAt: number | null;
};
const POINTER = "sha256, bytes, published_at AS publishedAt, newest_feedback_at AS newestFeedbackAt";

const pointerTo = (row: PointerRow): SnapshotPointer => ({ url: `/v1/artifacts/${row.sha256}`, ...row });
