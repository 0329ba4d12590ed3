import { parseDuration } from "../../shared/contract/duration.ts";
import type { RewardSpec } from "../../shared/contract/spec.ts";
import { aggregate } from "../../shared/versions/reward.ts";
import type { LoggedFeedback } from "./log.ts";

/** A decision that waits for feedback. `decision`: its offset in the log. */
export type Pending = { decision: number; id: string; model: string; countsUntil: number; due: number };

/** What a decision is learned as. `feedbackAt`: when the newest feedback in it was received; null for the default. */
export type Joined = { value: number; feedbackAt: number | null };

/** The waits of a partition's decisions. */
export class Joins {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Starts the wait of a decision. Feedback counts if it happened within the wait after the decision was made; it is
   * waited for as long after the decision was received, since a page may have been off line in between.
   */
  open(
    decision: { offset: number; id: string; model: string; at: number },
    receivedAt: number,
    reward: RewardSpec,
  ): Pending {
    const wait = parseDuration(reward.wait);
    const { offset, id, model, at } = decision;
    const pending = { decision: offset, id, model, countsUntil: at + wait, due: receivedAt + wait };
    this.#sql.exec(
      "INSERT INTO pending (decision, id, model, counts_until, due) VALUES (?, ?, ?, ?, ?)",
      offset,
      id,
      model,
      pending.countsUntil,
      pending.due,
    );
    return pending;
  }

  /** The wait of a decision, or null when it is over (or the decision unknown). */
  waiting(id: string): Pending | null {
    const [row] = this.#sql.exec<Pending>(`${SELECT} WHERE id = ?`, id);
    return row ?? null;
  }

  /** Waits that are over at `now`, the longest over first. */
  over(now: number, limit: number): Pending[] {
    return this.#sql.exec<Pending>(`${SELECT} WHERE due <= ? ORDER BY due, decision LIMIT ?`, now, limit).toArray();
  }

  /** When the next wait is over; null when none is open. */
  nextDue(): number | null {
    return this.#sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM pending").one().due;
  }

  close(pending: Pending): void {
    this.#sql.exec("DELETE FROM pending WHERE decision = ?", pending.decision);
  }
}

const SELECT = "SELECT decision, id, model, counts_until AS countsUntil, due FROM pending";

/** Feedback that came in time for a decision. */
export function inTime(pending: Pending, feedback: readonly LoggedFeedback[]): LoggedFeedback[] {
  return feedback.filter((f) => f.at <= pending.countsUntil);
}

/** Whether nothing that may still come could change what the decision is learned as. */
export function isFinal(reward: RewardSpec, feedback: readonly LoggedFeedback[]): boolean {
  return feedback.length > 0 && (reward.aggregate === "first" || feedback.some((f) => f.final));
}

/** What a decision with this feedback is learned as; null when it is not learned. */
export function join(reward: RewardSpec, feedback: readonly LoggedFeedback[]): Joined | null {
  if (feedback.length === 0) return reward.default === null ? null : { value: reward.default, feedbackAt: null };
  return {
    value: aggregate(reward.aggregate, feedback),
    feedbackAt: Math.max(...feedback.map((f) => f.receivedAt)),
  };
}
