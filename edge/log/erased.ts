import { keyedHash } from "../storage/keyed-hash.ts";

/** Of what was erased of a session: how many of its decisions by number, the highest of these, and when. */
type ErasedDraws = { accepted: number; highest: number; before: number };

const KEY_BYTES = 16;

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
  /** The newest first, mostly one. None: nothing was ever erased, and nothing has to be looked up. */
  #keys: Uint8Array[];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const [row] = sql.exec<{ key: ArrayBuffer | null }>("SELECT key FROM erasing");
    const keys = new Uint8Array(row?.key ?? new ArrayBuffer(0));
    this.#keys = Array.from({ length: keys.length / KEY_BYTES }, (_, i) =>
      keys.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES),
    );
  }

  /** Whether anything was ever erased. */
  get remembers(): boolean {
    return this.#keys.length > 0;
  }

  /** The key of the edge, which the registry made; one that has lost its data makes another, and by the one of before is known what was erased until then. */
  use(key: Uint8Array<ArrayBuffer>): void {
    if (this.#keys.some((known) => known.every((byte, i) => byte === key[i]))) return;
    const keys = [key, ...this.#keys];
    this.#sql.exec("UPDATE erasing SET key = ?", Uint8Array.from(keys.flatMap((bytes) => [...bytes])));
    this.#keys = keys;
  }

  /** Whether a unit was erased after a decision for it was made. @param at on the edge's clock. */
  hasUnit(unit: string, at: number): boolean {
    if (!this.remembers) return false;
    const [row] = this.#sql.exec<{ before: number | null }>(
      "SELECT max(before) AS before FROM erasures WHERE hash IN (SELECT value FROM json_each(?))",
      JSON.stringify(this.hashes(unit)),
    );
    return row?.before != null && at < row.before;
  }

  /** Whether a unit is to be erased, and is not yet. */
  isGoing(unit: string): boolean {
    if (!this.remembers) return false;
    const going = "SELECT 1 FROM erasures WHERE state <> 'done' AND hash IN (SELECT value FROM json_each(?)) LIMIT 1";
    return this.#sql.exec(going, JSON.stringify(this.hashes(unit))).toArray().length > 0;
  }

  /** Whether a decision that is not in the log was erased: feedback and activations for it are for nothing. */
  hasDecision(id: string): boolean {
    if (!this.remembers) return false;
    const draw = drawIn(id);
    const erased = this.#of(draw?.session ?? id);
    return erased !== null && (draw === null || draw.n <= erased.highest);
  }

  /** Whether anything of a session was erased. */
  hasSession(session: string): boolean {
    return this.remembers && this.#of(session) !== null;
  }

  /** What of a session was erased: nobody may leave out draws by having others erased, nor be refused because they were. */
  drawnIn(session: string): { accepted: number; highest: number } {
    return (this.remembers ? this.#of(session) : null) ?? { accepted: 0, highest: -1 };
  }

  /** A decision was erased. @param before time of its unit's erasure. */
  add(id: string, before: number): void {
    const draw = drawIn(id);
    this.#sql.exec(
      `INSERT INTO erased_sessions (hash, accepted, highest, before) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET accepted = accepted + excluded.accepted, highest = max(highest, excluded.highest),
         before = max(before, excluded.before)`,
      ...[this.hashes(draw?.session ?? id)[0]!, draw && !draw.slot ? 1 : 0, draw?.n ?? -1, before],
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
    if (!this.remembers) return null;
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
      `SELECT sum(accepted) AS accepted, max(highest) AS highest, max(before) AS before FROM erased_sessions
       WHERE hash IN (SELECT value FROM json_each(?)) HAVING count(*) > 0`,
      JSON.stringify(this.hashes(session)),
    );
    return row ?? null;
  }

  /** By what a name may be remembered: its hash by each key, the newest first. */
  hashes(name: string): string[] {
    return this.#keys.map((key) => keyedHash(key, name));
  }
}
