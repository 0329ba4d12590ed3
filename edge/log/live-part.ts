import type { ArchivedRow } from "./archived-row.ts";
import type { Log, StoredRecord } from "./log.ts";
import { SENDERS, storedSenders } from "./sender-sets.ts";

/**
 * The part of the log that a partition has in SQLite. It is closed in this sense: of every decision that has a row there, all earlier rows are there too, archived ones as
 * copies. So whatever is asked of one decision is asked of the table, as if nothing had ever been archived.
 *
 * A copy of a decision has its record only while that may be needed: when its wait has not begun, since it is deferred and not yet activated. Copies, and rows that are
 * read from the archive anew, have their records as they came.
 */

type Stored = Omit<ArchivedRow, "body"> & { body: StoredRecord["body"] | null; actionsOf: string | null };

/** Each has an index of its own by id. */
const KINDS = ["decision", "feedback", "activation"];

const COLUMNS = `offset, kind, id, claimed_at AS claimedAt, at, received_at AS receivedAt, model, value, final, deferred,
  ${SENDERS} AS senders, body, actions_of AS actionsOf`;

/** Rows after an offset in the form of the archive, at most `rows`, and until their records have `characters` or more. */
export function rowsAfter(
  sql: SqlStorage,
  log: Log,
  { after, before, rows, characters }: { after: number; before: number; rows: number; characters: number },
): { rows: ArchivedRow[]; characters: number } {
  const found: ArchivedRow[] = [];
  let length = 0;
  for (const stored of sql.exec<Stored>(
    `SELECT ${COLUMNS} FROM log WHERE offset > ? AND offset < ? ORDER BY offset LIMIT ?`,
    ...[after, before, rows],
  )) {
    const row = archivedRow(log, stored);
    found.push(row);
    length += (row.body?.length ?? 0) + row.id.length;
    if (length >= characters) break;
  }
  return { rows: found, characters: length };
}

/** The archived rows, of which copies are here, of the decisions that some rows are of. */
export function copiesOf(sql: SqlStorage, log: Log, rows: readonly ArchivedRow[]): ArchivedRow[] {
  if (log.archived === 0) return [];
  const ids = JSON.stringify([...new Set(rows.map(({ id }) => id))]);
  const ofKind = (kind: string) =>
    `SELECT log.* FROM json_each(?1) AS ids CROSS JOIN log ON log.id = ids.value AND log.kind = '${kind}' WHERE log.offset <= ?2`;
  return sql
    .exec<Stored>(
      `SELECT ${COLUMNS} FROM (${KINDS.map(ofKind).join(" UNION ALL ")}) ORDER BY offset`,
      ...[ids, log.archived],
    )
    .toArray()
    .map((stored) => archivedRow(log, stored));
}

/** Puts archived rows into the table where they are not there, and records where they were taken away. */
export function insertRows(sql: SqlStorage, rows: readonly ArchivedRow[]): void {
  for (const r of rows)
    sql.exec(
      `INSERT INTO log (offset, kind, id, claimed_at, at, received_at, model, value, final, deferred, senders, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (offset) DO UPDATE SET body = ifnull(body, excluded.body)`,
      ...[r.offset, r.kind, r.id, r.claimedAt, r.at, r.receivedAt],
      ...[r.model, r.value, r.final, r.deferred, storedSenders(sql, r.senders), r.body],
    );
}

/**
 * Takes the rows up to one out of the table, which are in the archive by now; of decisions that have later rows it leaves copies.
 * @param kept ids whose rows stay as they are.
 */
export function removeRows(sql: SqlStorage, log: Log, last: number, kept: readonly string[]): void {
  const ids = JSON.stringify(kept);
  keepFormerActions(sql, log, last);
  removeWithoutLater(sql, last, kept);
  const waiting = `deferred = 1 AND NOT EXISTS (
    SELECT 1 FROM log AS shown WHERE shown.kind = 'activation' AND shown.id = log.id AND shown.offset <= ?1)`;
  const bodiless = `offset <= ?1 AND body IS NOT NULL AND NOT (kind = 'decision' AND ${waiting})
    AND id NOT IN (SELECT value FROM json_each(?2))`;
  sql.exec(`UPDATE log SET body = ${ZEROS} WHERE ${bodiless}`, ...[last, ids]);
  sql.exec(`UPDATE log SET body = NULL WHERE ${bodiless}`, ...[last, ids]);
  // The catalogue does not keep what they refer to.
  for (const { offset } of sql
    .exec<{ offset: number }>("SELECT offset FROM log WHERE offset <= ? AND typeof(body) = 'blob'", last)
    .toArray())
    rewriteBody(sql, log.recordAt(offset), offset);
}

/** What stands where another body is longer or shorter stays in its page until the place is needed. */
function rewriteBody(sql: SqlStorage, body: string, offset: number): void {
  sql.exec(`UPDATE log SET body = ${ZEROS} WHERE offset = ?`, offset);
  sql.exec("UPDATE log SET body = ? WHERE offset = ?", body, offset);
}

/** As many bytes as a body has, and none of it. */
const ZEROS = "zeroblob(length(CAST(body AS BLOB)))";

/** Rows up to one of decisions that have no later rows. Bindings: 1 its offset, 2 ids whose rows stay, as JSON. */
const WITHOUT_LATER = `offset <= ?1 AND id NOT IN (SELECT value FROM json_each(?2)) AND NOT (${KINDS.map(
  (kind) =>
    `EXISTS (SELECT 1 FROM log AS later WHERE later.kind = '${kind}' AND later.id = log.id AND later.offset > ?1)`,
).join(" OR ")})`;

/** Removes the rows up to one of decisions that have no later rows; what they said is written over first. @param kept ids whose rows stay. */
function removeWithoutLater(sql: SqlStorage, last: number, kept: readonly string[]): void {
  const bindings = [last, JSON.stringify(kept)];
  sql.exec(`UPDATE log SET body = ${ZEROS} WHERE ${WITHOUT_LATER} AND body IS NOT NULL`, ...bindings);
  sql.exec(`DELETE FROM log WHERE ${WITHOUT_LATER}`, ...bindings);
}

/** The same where what they said may stay in the file, which is thrown away as a whole. */
export function dropWithoutLater(sql: SqlStorage, last: number): void {
  sql.exec(`DELETE FROM log WHERE ${WITHOUT_LATER}`, last, "[]");
}

/** In logs of before, further slots of a list have their actions in the record of the first (former-slots.ts), which goes now. */
function keepFormerActions(sql: SqlStorage, log: Log, last: number): void {
  const slots = sql.exec<{ offset: number }>(
    `SELECT slot.offset FROM log AS list JOIN log AS slot
       ON slot.kind = 'decision' AND slot.id > list.id || '.' AND slot.id < list.id || '/' AND slot.offset > ?1 AND slot.actions_of = list.id
     WHERE list.kind = 'decision' AND list.offset <= ?1`,
    last,
  );
  for (const { offset } of slots.toArray())
    sql.exec("UPDATE log SET body = ?, actions_of = NULL WHERE offset = ?", log.recordAt(offset), offset);
}

function archivedRow(log: Log, { body, actionsOf, ...row }: Stored): ArchivedRow {
  if (body === null || row.kind !== "decision") return { ...row, body: body as string | null };
  return { ...row, body: log.whole({ id: row.id, claimedAt: row.claimedAt, body, actionsOf }) };
}
