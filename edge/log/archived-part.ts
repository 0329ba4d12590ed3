import { learnsAtEnd, longestWait } from "../../shared/versions/join.ts";
import type { Env } from "../env.ts";
import { passedOn } from "../storage/passed-on.ts";
import { PULL_BYTES, SEGMENT_ROWS } from "./limits.ts";
import { copiesOf, rowsAfter } from "./live-part.ts";
import type { Log } from "./log.ts";
import { furthest, isFormerPosition, type LogPart, type ReadRequest, type Slice, waitsAfter } from "./messages.ts";
import type { Segments } from "./segments.ts";

/** Reading of what is in the archive, as a partition answers it. */

/** Whether a slice needs rows that are in the archive. What is asked of another log, or of rows that this one has not got, needs none. */
export function isArchived({ from, upto, rules }: ReadRequest, log: Log, segments: Segments): boolean {
  if (log.archived === 0) return false;
  const { newest } = log;
  for (const position of [from, upto])
    if (position && (position.log !== log.identity || furthest(position) > newest || isFormerPosition(position)))
      return false;
  if ((from?.rows ?? 0) < log.archived) return true;
  if (learnsAtEnd(rules)) return (from ? waitsAfter(from) : 0) < log.archived;
  return segments.since(waitingSince(from, rules)) !== null;
}

/** Has a slice read by the object that reads the archive for this reader, so that no partition is loaded by who reads all of a log. */
export async function readArchived(
  env: Env,
  partition: string,
  request: ReadRequest,
  log: Log,
  state: string,
  segments: Segments,
): Promise<Slice> {
  const { reader, from, rules } = request;
  const first = learnsAtEnd(rules) ? null : segments.since(waitingSince(from, rules));
  const after = learnsAtEnd(rules) ? (from ? waitsAfter(from) : 0) : first ? first.first - 1 : log.archived;
  const stub = env.ARCHIVE_READER.getByName(`${partition}/${reader}`);
  return passedOn(await stub.read(partition, { identity: log.identity, state }, after, request));
}

/** Decisions that were received before this time are waited for no more at a position. */
export const waitingSince = (from: ReadRequest["from"], rules: ReadRequest["rules"]): number =>
  (from?.time ?? 0) - longestWait(rules);

/** @param endTime the log's time, for who has been told all rows. */
export function partAfter(
  sql: SqlStorage,
  log: Log,
  state: string,
  segments: Segments,
  offset: number,
  endTime: () => number,
): LogPart {
  const { newest, identity } = log;
  const segment = segments.after(offset);
  if (segment) {
    const file = { key: segments.key(segment), sha256: segment.sha256 };
    return { log: identity, state, newest, next: segment.last, time: segment.newestAt, file };
  }
  const { rows } = rowsAfter(sql, log, {
    ...{ after: offset, before: newest + 1, rows: SEGMENT_ROWS, characters: PULL_BYTES },
  });
  const last = rows.at(-1);
  const time = last && last.offset < newest ? last.receivedAt : endTime();
  const next = last?.offset ?? offset;
  return { log: identity, state, newest, next, time, rows: [...copiesOf(sql, log, rows), ...rows] };
}
