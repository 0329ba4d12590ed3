import type { SnapshotData } from "../artifact/snapshot.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import type { AutoReport } from "../online/auto/auto-learner.ts";
import type { Beliefs } from "../policies/distribution.ts";

/** What of a decision is learned, beside its features. */
export type Choice = {
  id: string;
  /** Index of the chosen action; 0 of a prediction. */
  chosen: number;
  /** Probability of the chosen action; null of a prediction. */
  propensity: number | null;
  /** How many decisions it stands for: 1 when it is left out. */
  importance?: number;
};

/** What of a spec says how it is learned. */
export type LearningSpec = Pick<ModelSpec, "policy" | "learner" | "reduction">;

/** Learns decisions of which the feedback is known. */
export interface DecisionLearner {
  readonly examples: number;
  /** Of the learner `auto`, what it made of its candidates; else null. */
  readonly report: AutoReport | null;
  /** What was learned, as a snapshot has it. */
  readonly heads: Pick<SnapshotData, "weights" | "factors" | "committee" | "variances">;
  /** What it thinks of a decision's actions at present, not by a snapshot. A learner that keeps its scores to itself gives predictions. */
  beliefs(decision: HashedDecision): Beliefs;
  /**
   * @param value the reward or label.
   * @returns the loss of the prediction for what was chosen, before it was learned.
   * @throws RangeError when the propensity is not above 0. Nothing was learned then.
   */
  learn(decision: HashedDecision, choice: Choice, value: number): number;
  state(): Uint8Array;
  /** @throws Error saying what is wrong when the bytes are not such a state; it may be half restored then. */
  restore(state: Uint8Array): void;
}
