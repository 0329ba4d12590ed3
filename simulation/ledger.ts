import type { ActivationRecord, DecisionRecord, FeedbackRecord } from "../shared/contract/record.ts";

/** A record in the words of the log: two have one key if the log takes them for one. */
export const decisionKey = ({ id }: Pick<DecisionRecord, "id">): string => `decision ${id}`;
export const feedbackKey = ({ id, at, value, final }: Pick<FeedbackRecord, "id" | "at" | "value" | "final">): string =>
  `feedback ${id} ${at ?? "-"} ${value} ${final === true}`;
export const activationKey = ({ id }: Pick<ActivationRecord, "id">): string => `activation ${id}`;

/** What was sent, and of what somebody was told that it is kept. */
export class Ledger {
  readonly sent = new Set<string>();
  readonly acknowledged = new Set<string>();
  /** Refused, and why: those who sent it were told. */
  readonly refused = new Map<string, string>();
  /** Versions whose deployment was acknowledged. */
  readonly deployed = new Set<number>();
}
