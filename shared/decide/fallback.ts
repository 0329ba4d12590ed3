import type { Action, DecisionRecord, PredictDecision, RankDecision } from "../contract/record.ts";
import type { Properties } from "../contract/values.ts";
import { type RecordBase, recordBase } from "./decide.ts";
import { slotId } from "./slot-id.ts";

/**
 * Decisions that no version made, because none was there in time: the caller's own order, or value. They are logged as what they are, and never
 * learned: what is shown when nothing else can be is chosen by no policy, and whoever sends such a record could choose in it what he likes.
 */

/** What is known of a call without a model. */
export type UndecidedCall = {
  id: string;
  /** Name of the model that was asked. */
  model: string;
  unit: string;
  session?: string | undefined;
  /** ms since the epoch. */
  at: number;
  context: Properties;
  deferred: boolean;
  /** Why no version decided: a word, such as `timeout`. */
  reason: string;
};

/**
 * Takes the actions in their order, which is chosen with probability 1: the first, or of several slots one after the other.
 * @param slots of each slot what is known of it, as of `decideSlots`.
 * @throws Error when there are no actions.
 */
export function fallbackRank(
  call: UndecidedCall,
  actions: readonly Action[],
  slots: readonly Properties[] = [{}],
): RankDecision[] {
  if (actions.length === 0) throw new Error(`decision ${call.id} has no actions to choose from`);
  return slots.slice(0, actions.length).map((known, slot) => {
    const left = actions.slice(slot);
    return {
      ...base({ ...call, id: slotId(call.id, slot), context: { ...call.context, ...known } }),
      ...{ task: "rank", actions: left, chosen: 0 },
      scores: left.map(() => 0),
      probabilities: left.map((_, i) => Number(i === 0)),
    };
  });
}

/** Answers with a value that the caller gave. */
export const fallbackPredict = (call: UndecidedCall, value: number): PredictDecision => ({
  ...base(call),
  ...{ task: "predict", score: value, value },
});

/** Id of a fallback: no draw of its session, so that nobody can have one in the place of a draw. @param random hexadecimal digits. */
export const fallbackId = (session: string, random: string): string => `${session}.f${random}`;
export const isFallbackId = (id: string): boolean => /^[^.]+\.f[0-9a-f]{1,16}(\.[1-9]\d?)?$/.test(id);

/** Whether no version made the decision. */
export const isFallback = ({ computedBy: { runtime } }: Pick<DecisionRecord, "computedBy">): boolean =>
  runtime === "none";

/**
 * Whether a record can be of a fallback, as those above make them.
 * @returns what cannot be; null of an honest one.
 */
export function fallbackProblem(record: DecisionRecord): string | null {
  const { version, snapshot, graph, sessionFeatures, profileFeatures, assignment, computedBy } = record;
  if (version !== 0 || snapshot !== 0) return "version and snapshot of a decision that none made must be 0";
  if (computedBy.reason === undefined) return "computedBy.reason must say why no version decided";
  if (graph !== null || assignment !== null)
    return "graph and assignment of a decision that no version made must be null";
  if (Object.keys(sessionFeatures).length + Object.keys(profileFeatures).length > 0)
    return "sessionFeatures and profileFeatures of a decision that no version made must be empty";
  if (record.task === "predict") return null;
  const { scores, probabilities, chosen } = record;
  if (chosen !== 0 || probabilities.some((p, i) => p !== Number(i === 0)) || scores.some((score) => score !== 0))
    return "scores, probabilities and chosen are not what the caller's own order gives";
  return null;
}

const base = ({ model: name, reason, ...call }: UndecidedCall): RecordBase => {
  const none = { spec: { name }, version: 0, snapshot: { number: 0 }, graph: null };
  const known = { ...call, place: "browser" as const, sessionFeatures: {}, profileFeatures: {} };
  return { ...recordBase(none, known, null), computedBy: { place: "browser", runtime: "none", reason } };
};
