import { CALL, sessionOf, takenFrom } from "../contract/issued-session.ts";

/**
 * When a page was heard of again. What a page has to send comes in the order in which it happened, so whoever has got something of a session that was made
 * after a decision's wait has got all that happened within it.
 */

/** A decision for which it is waited for its page, or the activation of one: only pages make these there, while feedback may come from anybody. */
export type SessionRow = { offset: number; at: number; receivedAt: number };

/**
 * Of so many decisions of a session it is waited that its page is heard of; of later ones, as of a screen that decides by itself all day, no longer than for those of other
 * callers. So it is bounded what has to be looked at for one.
 */
export const WAITED_DRAWS = 2000;

/** Whether a decision was made by a page, which may be off line, and is one of the first WAITED_DRAWS of its session. A function of its id and time. */
export function isWaitedFor(decisionId: string, receivedAt: number): boolean {
  const session = sessionOf(decisionId);
  const to = takenFrom(session, receivedAt);
  if (to === null || to === CALL) return false;
  return Number.parseInt(decisionId.slice(session.length + 1), 10) < WAITED_DRAWS;
}

/** The first row behind an offset that says that the page was there at a time or later. @param rows by offset; they must not change any more. */
export function firstHeard(rows: readonly SessionRow[], after: number, since: number): SessionRow | null {
  let low = 0;
  for (let high = rows.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.offset > after) high = middle;
    else low = middle + 1;
  }
  // Most sessions are no longer than a block.
  const latest = rows.length > BLOCK ? latestOfBlocks(rows) : null;
  for (let i = low; i < rows.length; ) {
    if (latest !== null && i % BLOCK === 0 && latest[i / BLOCK]! < since) i += BLOCK;
    else if (rows[i]!.at >= since) return rows[i]!;
    else i++;
  }
  return null;
}

/** A session may have thousands of rows that all have to be passed, for each of its decisions: whole blocks are passed by their latest time. */
const BLOCK = 64;
const blocks = new WeakMap<readonly SessionRow[], Float64Array>();

function latestOfBlocks(rows: readonly SessionRow[]): Float64Array {
  let latest = blocks.get(rows);
  if (!latest) {
    latest = new Float64Array(Math.ceil(rows.length / BLOCK)).fill(Number.NEGATIVE_INFINITY);
    for (const [i, { at }] of rows.entries()) {
      const block = Math.floor(i / BLOCK);
      latest[block] = Math.max(latest[block]!, at);
    }
    blocks.set(rows, latest);
  }
  return latest;
}
