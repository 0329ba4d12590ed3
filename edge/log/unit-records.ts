import type { LogRow } from "../../shared/contract/log-page.ts";
import { nameIn } from "../storage/names-in.ts";
import type { Archive } from "./archive.ts";
import { decisionsAfter } from "./archived-row.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { LETTER_STEP, LOOK_LIMIT, PULL_BYTES } from "./limits.ts";
import type { Log } from "./log.ts";
import type { DeadLetter, UnitPage, UnitRequest } from "./messages.ts";
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
  const page = deadLetters.page({ after: letters, limit: LETTER_STEP, reason: null });
  const own: DeadLetter[] = page.letters.filter(({ body, reason }) => [body, reason].some((text) => names(text, unit)));
  return { rows, letters: own, next: page.next === null ? null : { after: last, letters: page.next } };
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

const names = (text: string, unit: string): boolean => nameIn(text, new Set([unit])) !== null;
