import type { LogRow } from "../../shared/contract/log-page.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { unitNamedIn } from "./erasing.ts";
import { LETTER_STEP, LOOK_LIMIT, PULL_BYTES } from "./limits.ts";
import type { Log } from "./log.ts";
import type { DeadLetter, UnitPage, UnitRequest } from "./messages.ts";
import { rowsOf } from "./paging.ts";

/**
 * What a partition has of a unit: its decisions, what was said of these, and, behind them, dead letters in which its name stands. There is no index by unit, so
 * all rows are looked at, LOOK_LIMIT of them a call: a page may have fewer than `limit`, or none, while there is a next. It ends with the decision that
 * makes it long.
 */
export function unitPage(
  sql: SqlStorage,
  log: Log,
  deadLetters: DeadLetters,
  { unit, after, letters, limit }: UnitRequest,
): UnitPage {
  const rows: LogRow[] = [];
  let bytes = 0;
  const until = Math.min(after + LOOK_LIMIT, log.newest);
  for (const decision of log.units(after, until)) {
    if (decision.unit !== unit) continue;
    const its = rowsOf(sql, [decision.id], log);
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

const names = (text: string, unit: string): boolean => unitNamedIn(text, new Set([unit])) !== null;
