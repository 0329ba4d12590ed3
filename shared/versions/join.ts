import { parseDuration } from "../contract/duration.ts";
import type { ModelSpec, RewardSpec } from "../contract/spec.ts";
import { firstHeard, type SessionRow } from "./heard.ts";
import { aggregate } from "./reward.ts";

/**
 * When a decision becomes an example, and of what value: the one place that knows the reward rules. A pure function of rules and
 * log, so every version can join what is older than it, and two readers join alike (docs/adr/0008-versions.md).
 */

/** What of a spec says how decisions are joined. */
export type JoinRules = Pick<RewardSpec, "aggregate" | "default"> & {
  /** ms. */
  wait: number;
  /** How much longer what happened within `wait` may take to arrive, ms; left out: nothing, or from pages that are not heard of as long as `wait` again. */
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

/**
 * All that a log has of a decision, before and after whatever is asked about. Feedback in the order of the log; the first activation. `session`: what tells when the
 * page was heard of that made it; left out where it is not waited for a page (isWaitedFor).
 */
export type Joinable = {
  decision: DecisionRow;
  activation: ActivationRow | null;
  feedback: readonly FeedbackRow[];
  session?: () => readonly SessionRow[];
};

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

/**
 * Whether feedback happened in time, and came when its decision had been learned without it: after its wait was taken for over or, where the first counts, after one that
 * happened later. Of several that are missed for one decision at least one is told.
 */
export function isMissed(rules: JoinRules, joinable: Joinable, feedback: FeedbackRow): boolean {
  const open = opening(joinable);
  if (open === null || !happenedInTime(rules, joinable, open, feedback) || !isUsable(rules, feedback)) return false;
  if (firstOf(joinable, feedback) !== feedback) return false;
  // Long afterwards it may not be known any more when the page was heard of.
  const latest = feedback.receivedAt > lastEnd(rules, joinable, open);
  const completion = completionRow(rules, joinable, open, latest);
  if (completion === null) return latest || !inTime(rules, joinable, open, feedback);
  if (rules.aggregate !== "first" || feedback.offset <= completion) return false;
  return joinable.feedback.every(
    (row) =>
      row.offset > completion || !counts(rules, joinable, open, row, latest) || feedback.at < firstOf(joinable, row).at,
  );
}

/** Until when what counts for a decision must have been received, on the log's clock, where it is not waited for a page. */
export const endOfWait = ({ wait, lateness = 0 }: JoinRules, { receivedAt }: Pick<Opening, "receivedAt">): number =>
  receivedAt + wait + lateness;

/** How long at most it is waited for a page that is not heard of, whatever `wait` is. */
export const MAX_DEFAULT_LATENESS = 24 * 3_600_000;

/** For how long any decision is waited for at most, ms. */
export const longestWait = ({ wait, lateness = Math.min(wait, MAX_DEFAULT_LATENESS) }: JoinRules): number =>
  wait + lateness;

/**
 * When nothing more can count for a decision, on the log's clock: it is the end of what other comments here call its wait. Of a page that is when the wait is over if the
 * page was heard of since; else when it is, by the row at an offset; or when it may not be any later.
 */
export type End = { at: number; by: "wait" | "lateness" } | { at: number; by: "heard"; row: number };

export function endOf(rules: JoinRules, joinable: Joinable, open: Opening): End {
  const first = open.receivedAt + rules.wait;
  const last = lastEnd(rules, joinable, open);
  if (last === first) return { at: first, by: "wait" };
  const heard = joinable.session && firstHeard(joinable.session(), open.offset, open.at + rules.wait);
  if (!heard || heard.receivedAt > last) return { at: last, by: "lateness" };
  return heard.receivedAt <= first
    ? { at: first, by: "wait" }
    : { at: heard.receivedAt, by: "heard", row: heard.offset };
}

const lastEnd = (rules: JoinRules, { session }: Joinable, open: Opening): number =>
  session ? open.receivedAt + longestWait(rules) : endOfWait(rules, open);

/** Whether feedback happened within the wait, and was received before nothing more was waited for; a page may send what happened earlier. */
function inTime(rules: JoinRules, joinable: Joinable, open: Opening, row: FeedbackRow): boolean {
  if (!happenedInTime(rules, joinable, open, row)) return false;
  return row.receivedAt <= open.receivedAt + rules.wait || row.receivedAt <= endOf(rules, joinable, open).at;
}

const happenedInTime = ({ wait }: JoinRules, joinable: Joinable, open: Opening, row: FeedbackRow): boolean =>
  firstOf(joinable, row).at <= open.at + wait;

/** Whether feedback counts, or, of a repetition as final, whether it says in time that no more will come. @param latest as if the page had not been heard of. */
function counts(rules: JoinRules, joinable: Joinable, open: Opening, row: FeedbackRow, latest = false): boolean {
  if (!isUsable(rules, row)) return false;
  return latest
    ? happenedInTime(rules, joinable, open, row) && row.receivedAt <= lastEnd(rules, joinable, open)
    : inTime(rules, joinable, open, row);
}

const isUsable = ({ binary }: JoinRules, { value }: FeedbackRow): boolean => !binary || value === 0 || value === 1;

/** The feedback of which a row is the repetition as final, which is one feedback with it; or the row itself. */
const firstOf = ({ feedback }: Joinable, row: FeedbackRow): FeedbackRow =>
  row.final ? feedback.find((f) => f.claimedAt === row.claimedAt && f.value === row.value)! : row;

/** The row from which on nothing that may still come could change what the decision is learned as; null: only the end of its wait. */
function completionRow(rules: JoinRules, joinable: Joinable, open: Opening, latest = false): number | null {
  const last = joinable.feedback.find(
    (row) => (rules.aggregate === "first" || row.final) && counts(rules, joinable, open, row, latest),
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
