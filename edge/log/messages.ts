/** What the Worker and the learners say to a partition, and what it answers. Records travel as the JSON text that is stored. */

/** A decision that passed its schema. `at`: when it was made, on the edge's clock. */
export type IncomingDecision = { id: string; model: string; claimedAt: number; at: number; body: string };
/** Feedback that passed its schema. `at`: when it happened, on the edge's clock. */
export type IncomingFeedback = { id: string; value: number; final: boolean; claimedAt: number | null; at: number };
/** Something that could not be used, as it came. */
export type Unusable = { list: "decisions" | "feedback"; id: string | null; reason: string; body: string };

export type Append = {
  /** ms since the epoch, edge's clock. */
  receivedAt: number;
  decisions: IncomingDecision[];
  feedback: IncomingFeedback[];
  /** Kept among the dead letters. */
  unusable: Unusable[];
  /** Whether to keep what the partition itself cannot use: a batch moves on, a single call is told. */
  keepRejected: boolean;
};

export type DecisionOutcome =
  | { status: "accepted" }
  /** `stored`: the decision that is in the log, as JSON. */
  | { status: "duplicate"; stored: string }
  /** The id belongs to a decision of another model. */
  | { status: "conflict"; problem: string };
/** `left out`: of a call of which only some decisions are known, one that is not. Nothing of that call is appended. */
export type CallOutcome = DecisionOutcome | { status: "left out" };
export type FeedbackOutcome =
  | { status: "accepted" }
  | { status: "duplicate" }
  /** The decision's model cannot learn from such a value. */
  | { status: "unlearnable"; problem: string };
/** Outcomes run parallel to what was sent. */
export type Appended = { decisions: DecisionOutcome[]; feedback: FeedbackOutcome[] };

/** A decision joined with its feedback. */
export type Example = {
  offset: number;
  /** The decision record as JSON. */
  record: string;
  value: number;
  /** When the newest feedback in it was received, edge's clock; null when it is the default. */
  feedbackAt: number | null;
};

/** What a pull answers. `log`: the identity of the log that the offsets are of. */
export type Pulled = { log: string; examples: Example[] };

export type PartitionStatistics = {
  decisions: number;
  feedback: number;
  examples: number;
  duplicates: number;
  late: number;
  deadLetters: number;
  pending: number;
  /** Offset of the newest example of each model. */
  newest: { model: string; offset: number }[];
};
