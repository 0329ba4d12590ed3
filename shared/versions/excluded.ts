import type { Exclusion } from "../contract/exclusion.ts";

/** What an exclusion asks of a decision. `receivedAt`: ms since the epoch, the log's clock. */
export type ExcludableDecision = { id: string; session?: string | undefined; unit: string; receivedAt: number };

/** The session of a decision: what stands before the first dot of its id routes it as its session does, whatever else it says. */
const sessionsOf = ({ id, session }: ExcludableDecision): string[] => {
  const dot = id.indexOf(".");
  return [...(session === undefined ? [] : [session]), ...(dot > 0 ? [id.slice(0, dot)] : [])];
};

/** Whether a decision is not to be learned. A function of decision and list alone, so that whoever learns a log learns the same of it. */
export const isExcluded = (list: readonly Exclusion[], decision: ExcludableDecision): boolean =>
  list.some(
    ({ session, unit, since, until }) =>
      (session === undefined || sessionsOf(decision).includes(session)) &&
      (unit === undefined || decision.unit === unit) &&
      (since === undefined || decision.receivedAt >= since) &&
      (until === undefined || decision.receivedAt < until),
  );
