import { parseDuration } from "../contract/duration.ts";
import type { ModelSpec, RewardSpec } from "../contract/spec.ts";
import { aggregate } from "./reward.ts";

/**
 * When a decision becomes an example, and of what value: the one place that knows the reward rules. A pure function of rules and
 * log, so every version can join what is older than it, and two readers join alike (docs/adr/0008-versions.md).
 */

/** What of a spec says how decisions are joined. */
export type JoinRules = Pick<RewardSpec, "aggregate" | "default"> & {
  /** ms. */
  wait: number;
  /** How much longer what happened within `wait` may take to arrive, ms; 0 when it is left out. */
  lateness?: number;
  /** Labels are 0 or 1, and other feedback counts as none. */
  binary: boolean;
};

/** A decision, as far as joining asks. Offsets order the rows of a log; times are ms on the edge's clock. */
type DecisionRow = {
  offset: number;
  /** When it was made. */
  at: number;
  /** When it was appended: the log's time. */
  receivedAt: number;
  /** Whether it counts only once it is activated. */
  deferred: boolean;
};
export type ActivationRow = { offset: number; at: number; receivedAt: number };
/** `claimedAt`: the sender's time, null when it said none. Feedback that is repeated as final has claimed time and value of the first. */
export type FeedbackRow = {
  offset: number;
  claimedAt: number | null;
  at: number;
  receivedAt: number;
  value: number;
  final: boolean;
};

/** All that a log has of a decision, before and after whatever is asked about. Feedback in the order of the log; the first activation. */
export type Joinable = { decision: DecisionRow; activation: ActivationRow | null; feedback: readonly FeedbackRow[] };

/** The row with which a decision's wait begins, or null while it was not activated. */
export type Opening = { offset: number; at: number; receivedAt: number };

/** An activation counts within a day: what was open in a background tab overnight. */
export const MAX_ACTIVATION_DELAY = 24 * 3_600_000;

/**
 * Whether feedback or an activation is for a decision of a model: it may have come before the decision, when nobody knew which model it was of.
 * @param senders models that its sender may speak for, as the log has it: a list as JSON; null: all.
 */
export const maySpeakFor = (senders: string | null, model: string): boolean =>
  senders === null || (JSON.parse(senders) as string[]).includes(model);

/** The rules of a spec. */
export const joinRules = ({ task, reward }: Pick<ModelSpec, "task" | "reward">): JoinRules => ({
  aggregate: reward.aggregate,
  default: reward.default,
  wait: parseDuration(reward.wait),
  ...(reward.lateness !== undefined && { lateness: parseDuration(reward.lateness) }),
  binary: task.type === "predict" && task.label === "binary",
});

/** Whether a decision can become an example when its wait is over: if not, nobody need look at it then. */
export const learnsAtEnd = (rules: JoinRules): boolean => rules.default !== null || rules.aggregate !== "first";

/** What a decision is learned as. `feedbackAt`: when the newest feedback in it was received; null for the default. */
export type Joined = { value: number; feedbackAt: number | null };

/** Where a decision's wait begins: with itself, or, of a deferred one, with its activation; the later of the two rows opens it. */
export function opening({ decision, activation }: Joinable): Opening | null {
  if (!decision.deferred) return decision;
  if (activation === null || activation.at - decision.at > MAX_ACTIVATION_DELAY) return null;
  const { offset, receivedAt } = activation.offset > decision.offset ? activation : decision;
  return { offset, receivedAt, at: Math.max(activation.at, decision.at) };
}

/**
 * What the decision is learned as at a row of the log, or null when the row does not complete it. What came after the row changes nothing.
 * @param row offset of the decision's own row, its activation's or feedback's.
 */
export function joinAtRow(rules: JoinRules, joinable: Joinable, row: number): Joined | null {
  const open = opening(joinable);
  if (open === null || completionRow(rules, joinable, open) !== row) return null;
  return joined(rules, joinable, open, row);
}

/**
 * What the decision is learned as when its wait is over, or null when a row completed it before, or it is not learned. What came after the
 * wait changes nothing.
 */
export function joinAtEnd(rules: JoinRules, joinable: Joinable): Joined | null {
  const open = opening(joinable);
  if (open === null || completionRow(rules, joinable, open) !== null) return null;
  return joined(rules, joinable, open, Number.POSITIVE_INFINITY);
}

/** Whether feedback came too late to count for its decision. Nothing is late for a decision whose wait has not begun. */
export function isLate(rules: JoinRules, joinable: Joinable, feedback: FeedbackRow): boolean {
  const open = opening(joinable);
  return open !== null && !inTime(rules, joinable, open, feedback);
}

/** Until when what counts for a decision must have been received, on the log's clock. It is the end of what other comments here call its wait. */
export const endOfWait = ({ wait, lateness = 0 }: JoinRules, { receivedAt }: Pick<Opening, "receivedAt">): number =>
  receivedAt + wait + lateness;

/** Whether feedback happened within the wait, and was received before nothing more was waited for; a page may send what happened earlier. */
function inTime(rules: JoinRules, joinable: Joinable, open: Opening, row: FeedbackRow): boolean {
  return row.receivedAt <= endOfWait(rules, open) && firstOf(joinable, row).at <= open.at + rules.wait;
}

/** Whether feedback counts, or, of a repetition as final, whether it says in time that no more will come. */
const counts = (rules: JoinRules, joinable: Joinable, open: Opening, row: FeedbackRow): boolean =>
  inTime(rules, joinable, open, row) && (!rules.binary || row.value === 0 || row.value === 1);

/** The feedback of which a row is the repetition as final, which is one feedback with it; or the row itself. */
const firstOf = ({ feedback }: Joinable, row: FeedbackRow): FeedbackRow =>
  row.final ? feedback.find((f) => f.claimedAt === row.claimedAt && f.value === row.value)! : row;

/** The row from which on nothing that may still come could change what the decision is learned as; null: only the end of its wait. */
function completionRow(rules: JoinRules, joinable: Joinable, open: Opening): number | null {
  const last = joinable.feedback.find(
    (row) => (rules.aggregate === "first" || row.final) && counts(rules, joinable, open, row),
  );
  return last === undefined ? null : Math.max(last.offset, open.offset);
}

/** By the feedback up to a row. */
function joined(rules: JoinRules, joinable: Joinable, open: Opening, upto: number): Joined | null {
  const counting = joinable.feedback.filter(
    (row) => row.offset <= upto && firstOf(joinable, row) === row && counts(rules, joinable, open, row),
  );
  if (counting.length === 0) return rules.default === null ? null : { value: rules.default, feedbackAt: null };
  return {
    value: aggregate(rules.aggregate, counting),
    feedbackAt: counting.reduce((newest, { receivedAt }) => Math.max(newest, receivedAt), 0),
  };
}
