import { keyedHash } from "../storage/keyed-hash.ts";

/** Of what was erased of a session: how many of its decisions by number, the highest of these, and when. */
type ErasedDraws = { accepted: number; highest: number; before: number };

const TABLES = ["erasures", "erased_sessions"] as const;
const IS_DONE = { erasures: "state = 'done'", erased_sessions: "true" };

/** The session and number of a decision of a session, `<session>.<n>` or, of a further slot, `<session>.<n>.<slot>`; null of other ids. */
function drawIn(id: string): { session: string; n: number; slot: boolean } | null {
  const [, session, n, slot] = /^([^.]+)\.(\d{1,15})(\.\d+)?$/.exec(id) ?? [];
  return session === undefined ? null : { session, n: Number(n), slot: slot !== undefined };
}

/**
 * What a partition remembers of units that were erased, so that what a page sends later of the time before does not bring them back: hashes by a key
 * of this edge, of the units and of the sessions of what was erased (of ids of another form, of these). Forgotten when nothing of that time may come any more.
 */
export class Erased {
  readonly #sql: SqlStorage;
  /** null: nothing was ever erased, and nothing has to be looked up. */
  #key: Uint8Array | null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const [row] = sql.exec<{ key: ArrayBuffer | null }>("SELECT key FROM erasing");
    this.#key = row?.key ? new Uint8Array(row.key) : null;
  }

  /** Whether anything was ever erased. */
  get remembers(): boolean {
    return this.#key !== null;
  }

  /** The key of the edge, which the registry made. */
  use(key: Uint8Array<ArrayBuffer>): void {
    if (this.#key) return;
    this.#sql.exec("UPDATE erasing SET key = ?", key);
    this.#key = key;
  }

  /** Whether a unit was erased after a decision for it was made. @param at on the edge's clock. */
  hasUnit(unit: string, at: number): boolean {
    if (!this.#key) return false;
    const [row] = this.#sql.exec<{ before: number | null }>(
      "SELECT max(before) AS before FROM erasures WHERE hash = ?",
      this.hash(unit),
    );
    return row?.before != null && at < row.before;
  }

  /** Whether a decision that is not in the log was erased: feedback and activations for it are for nothing. */
  hasDecision(id: string): boolean {
    if (!this.#key) return false;
    const draw = drawIn(id);
    const erased = this.#of(draw?.session ?? id);
    return erased !== null && (draw === null || draw.n <= erased.highest);
  }

  /** Whether anything of a session was erased. */
  hasSession(session: string): boolean {
    return this.#key !== null && this.#of(session) !== null;
  }

  /** What of a session was erased: nobody may leave out draws by having others erased, nor be refused because they were. */
  drawnIn(session: string): { accepted: number; highest: number } {
    return (this.#key && this.#of(session)) ?? { accepted: 0, highest: -1 };
  }

  /** A decision was erased. @param before time of its unit's erasure. */
  add(id: string, before: number): void {
    const draw = drawIn(id);
    this.#sql.exec(
      `INSERT INTO erased_sessions (hash, accepted, highest, before) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET accepted = accepted + excluded.accepted, highest = max(highest, excluded.highest),
         before = max(before, excluded.before)`,
      ...[this.hash(draw?.session ?? id), draw && !draw.slot ? 1 : 0, draw?.n ?? -1, before],
    );
  }

  /** Something of an erased unit came, and was not taken. */
  refused(): void {
    this.#sql.exec("UPDATE erasing SET refused = refused + 1");
  }

  get refusals(): number {
    return this.#sql.exec<{ refused: number }>("SELECT refused FROM erasing").one().refused;
  }

  /** When the oldest is to be forgotten, ms since the epoch; null when there is nothing. @param period how long it is remembered, ms. */
  forgetAt(period: number): number | null {
    if (!this.#key) return null;
    const times = TABLES.flatMap((table) =>
      this.#sql
        .exec<{ before: number }>(`SELECT before FROM ${table} WHERE ${IS_DONE[table]} ORDER BY rowid LIMIT 1`)
        .toArray(),
    );
    return times.length === 0 ? null : Math.min(...times.map(({ before }) => before + period));
  }

  /** Forgets the oldest of what was erased before a time, at most so much. */
  forget(before: number, limit: number): void {
    for (const table of TABLES)
      this.#sql.exec(
        `DELETE FROM ${table} WHERE before <= ? AND rowid IN (SELECT rowid FROM ${table} WHERE ${IS_DONE[table]} ORDER BY rowid LIMIT ?)`,
        ...[before, limit],
      );
  }

  #of(session: string): ErasedDraws | null {
    const [row] = this.#sql.exec<ErasedDraws>(
      "SELECT accepted, highest, before FROM erased_sessions WHERE hash = ?",
      this.hash(session),
    );
    return row ?? null;
  }

  /** What is remembered of a name. @throws Error when there is no key yet. */
  hash(name: string): string {
    if (!this.#key) throw new Error("nothing was erased yet");
    return keyedHash(this.#key, name);
  }
}
