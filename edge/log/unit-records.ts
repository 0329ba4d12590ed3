import type { LogRow } from "../../shared/contract/log-page.ts";
import { hasName } from "../storage/names-in.ts";
import type { Archive } from "./archive.ts";
import { decisionsAfter } from "./archived-row.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { LETTER_CHARACTERS, LETTER_STEP, LOOK_LIMIT, PULL_BYTES } from "./limits.ts";
import type { Log } from "./log.ts";
import type { UnitPage, UnitRequest } from "./messages.ts";
import { logRowOf, rowsOf } from "./paging.ts";

/**
 * What a partition has of a unit: its decisions, what was said of these, and, behind them, dead letters in which its name stands. There is no index by unit, so
 * all rows are looked at, LOOK_LIMIT of them a call, or those of one file of the archive: a page may have fewer than `limit`, or none, while there is a next. It
 * ends with the decision that makes it long.
 */
export async function unitPage(
  sql: SqlStorage,
  log: Log,
  archive: Archive,
  deadLetters: DeadLetters,
  { unit, after, letters, limit }: UnitRequest,
): Promise<UnitPage> {
  const rows: LogRow[] = [];
  let bytes = 0;
  const { decisions, until } = await lookAt(log, archive, after);
  for (const decision of decisions) {
    if (decision.unit !== unit) continue;
    const its = await allRowsOf(sql, log, archive, decision.id);
    rows.push(...its);
    bytes += its.reduce((sum, { record }) => sum + (record?.length ?? 0), 0);
    if (rows.length >= limit || bytes > PULL_BYTES)
      return { rows, letters: [], next: { after: decision.offset, letters } };
  }
  if (until < log.newest) return { rows, letters: [], next: { after: until, letters } };
  const last = Math.max(after, until);
  const own = lettersOf(deadLetters, unit, letters);
  return { rows, letters: own.letters, next: own.next === null ? null : { after: last, letters: own.next } };
}

/** The dead letters among the next ones after a number in which a unit's name stands. */
function lettersOf(deadLetters: DeadLetters, unit: string, after: number) {
  const own: number[] = [];
  let looked = 0;
  let characters = 0;
  let next: number | null = null;
  for (const { number, body, reason } of deadLetters.after(after)) {
    if (hasName(body, unit) || hasName(reason, unit)) own.push(number);
    characters += body.length;
    if (++looked < LETTER_STEP && characters < LETTER_CHARACTERS) continue;
    next = number;
    break;
  }
  return { letters: deadLetters.numbered(own).letters, next };
}

async function allRowsOf(sql: SqlStorage, log: Log, archive: Archive, id: string): Promise<LogRow[]> {
  const rows = rowsOf(sql, [id], log);
  const { archived } = log;
  if (archived === 0) return rows;
  // Of what is archived there may be copies; what is archived from now on is among `rows`.
  const inFiles = (await archive.rowsOf([id])).filter(({ offset }) => offset <= archived);
  return [...inFiles.map(({ body, ...row }) => logRowOf(row, body)), ...rows.filter(({ offset }) => offset > archived)];
}

/** The next decisions after an offset, and which was looked at last. */
async function lookAt(log: Log, archive: Archive, after: number) {
  const segment = archive.segments.after(after);
  if (!segment) {
    const until = Math.min(after + LOOK_LIMIT, log.newest);
    return { decisions: log.units(after, until), until };
  }
  return { decisions: decisionsAfter(await archive.rows(segment), segment, after), until: segment.last };
}
