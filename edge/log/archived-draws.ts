import { SESSION_MEMORY } from "../../shared/contract/limits.ts";
import { murmur3 } from "../../shared/math/murmur3.ts";

/** Sessions that the edge issues have ids of this length (edge/intake/session-id.ts), and only of such it is asked what they drew. */
const ISSUED_LENGTH = 40;
const DAY = 24 * 3_600_000;

/** What a session had drawn, of what is archived. */
export function archivedDraws(sql: SqlStorage, session: string): { accepted: number; highest: number } {
  const [row] = sql.exec<{ accepted: number; highest: number }>(
    "SELECT accepted, highest FROM drawn WHERE session = ?",
    keyOf(session),
  );
  return row ?? { accepted: 0, highest: -1 };
}

/** Notes what sessions drew, of decisions that go into the archive. To be called in the transaction in which they do. @param time of the log. */
export function archiveDraws(sql: SqlStorage, decisions: readonly string[], time: number): void {
  const drawn = new Map<string, { accepted: number; highest: number }>();
  for (const id of decisions) {
    const session = issuedSessionIn(id);
    if (session === null) continue;
    const n = id.slice(ISSUED_LENGTH + 1);
    const { accepted, highest } = drawn.get(session) ?? { accepted: 0, highest: -1 };
    drawn.set(session, { accepted: accepted + 1, highest: Math.max(highest, Number(n)) });
  }
  const day = Math.floor(time / DAY);
  for (const [session, { accepted, highest }] of drawn)
    sql.exec(
      `INSERT INTO drawn VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         accepted = accepted + excluded.accepted, highest = max(highest, excluded.highest), day = excluded.day`,
      ...[keyOf(session), accepted, highest, day],
    );
}

/** A decision was removed from the archive. What was erased of a session is counted elsewhere (erased.ts). */
export function removeDraw(sql: SqlStorage, id: string): void {
  const session = issuedSessionIn(id);
  if (session === null) return;
  sql.exec("UPDATE drawn SET accepted = accepted - 1 WHERE session = ?", keyOf(session));
  sql.exec("DELETE FROM drawn WHERE session = ? AND accepted <= 0", keyOf(session));
}

/** Forgets sessions that are too old to draw again: such an id is refused at the door. */
export function forgetDraws(sql: SqlStorage, time: number): void {
  sql.exec("DELETE FROM drawn WHERE day < ?", Math.floor((time - SESSION_MEMORY) / DAY));
}

/** The session of a decision by number, where it may be one that the edge issued; null of others. */
const issuedSessionIn = (id: string): string | null =>
  id[ISSUED_LENGTH] === "." && /^\d+$/.test(id.slice(ISSUED_LENGTH + 1)) ? id.slice(0, ISSUED_LENGTH) : null;

/**
 * 53 bits of hash take a fifth of the room of an id. Should two sessions of a million have one, which is one chance in 18,000, each is counted what the other drew.
 */
const keyOf = (session: string): number => (murmur3(session, 1) & 0x1f_ffff) * 2 ** 32 + murmur3(session, 2);
