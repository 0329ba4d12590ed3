/** A row of the model. `time`: when a cursor comes to it, on the log's clock. */
export type ModelRow = {
  offset: number;
  kind: "decision" | "feedback" | "activation";
  id: string;
  /** When it happened. */
  at: number;
  time: number;
  /** Of a decision: 1, when it counts only once it is activated. */
  deferred: number | null;
};
