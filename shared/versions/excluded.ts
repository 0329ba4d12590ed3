import type { Exclusion } from "../contract/exclusion.ts";
import type { ModelSpec } from "../contract/spec.ts";

/** What an exclusion asks of a decision. `receivedAt`: ms since the epoch, the log's clock. */
export type ExcludableDecision = { id: string; session?: string | undefined; unit: string; receivedAt: number };

/** The session of a decision: what stands before the first dot of its id routes it as its session does, whatever else it says. */
const sessionsOf = ({ id, session }: ExcludableDecision): string[] => {
  const dot = id.indexOf(".");
  return [...(session === undefined ? [] : [session]), ...(dot > 0 ? [id.slice(0, dot)] : [])];
};

/** Exclusions by whose names a decision is looked up: there may be thousands. */
type Names = { sessions: ReadonlySet<string> | null; units: ReadonlySet<string> | null };
const named = new WeakMap<Exclusion, Names>();

function namesOf(exclusion: Exclusion): Names {
  let names = named.get(exclusion);
  if (!names) {
    const setOf = (some: string | string[] | undefined) => (some === undefined ? null : new Set([some].flat()));
    names = { sessions: setOf(exclusion.session), units: setOf(exclusion.unit) };
    named.set(exclusion, names);
  }
  return names;
}

/** What a spec does not learn of the log, as exclusions. */
export const outsideOf = ({ log }: Pick<ModelSpec, "log">): Exclusion[] => [
  ...(log?.since === undefined ? [] : [{ until: log.since }]),
  ...(log?.until === undefined ? [] : [{ since: log.until }]),
];

/** Whether a decision is not to be learned. A function of decision and list alone, so that whoever learns a log learns the same of it. */
export const isExcluded = (list: readonly Exclusion[], decision: ExcludableDecision): boolean =>
  list.some((exclusion) => {
    const { sessions, units } = namesOf(exclusion);
    const { since, until } = exclusion;
    return (
      (sessions === null || sessionsOf(decision).some((session) => sessions.has(session))) &&
      (units === null || units.has(decision.unit)) &&
      (since === undefined || decision.receivedAt >= since) &&
      (until === undefined || decision.receivedAt < until)
    );
  });
