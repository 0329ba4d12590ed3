import type { FeatureBuffer } from "../features/featurebuffer.ts";
import type { LoggedInput } from "./with-session.ts";

/** What was done, and what came of it. */
export type Outcome = {
  /** Index of the action that was chosen. */
  chosen: number;
  /** Probability with which it was chosen, above 0. */
  propensity: number;
  /** Higher is better: a cost with its sign changed. */
  reward: number;
  /** How many decisions it stands for: more than 1 when the log dropped others. */
  importance: number;
};

/** One decision of a log, whatever the log's format. Only valid until the next one is read: its parts are used again. */
export type LogEntry = {
  /** null: nobody said what came of it. */
  outcome: Outcome | null;
  /** Probability of each action, when the log tells all of them. */
  probabilities: Float64Array | null;
  /** What the model that chose gave the chosen action, where the log tells it. */
  score?: number | undefined;
  /** How many actions there were to choose from. */
  count: number;
  /** Of a list whose slots were filled one after the other, each from what was left: which slot, from 0, of how many. The slots of a list come one after the other. */
  list?: { slot: number; of: number } | undefined;
  /** What the decision was made from, by name, as the features of a spec take it. Costs time: only call it for a spec. */
  values(): LoggedInput;
};

/** Writes the features of one action of a decision. */
export type Features<Entry extends LogEntry> = { expand(entry: Entry, action: number, into: FeatureBuffer): void };
