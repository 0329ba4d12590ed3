import type { PredictResponse, RankResponse } from "../../shared/contract/calls.ts";
import type { ComputedBy } from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { Code } from "./errors.ts";

/** For whom an order is kept, for the visit or for the visitor, and how long. */
export type Sticky = { by: "session" | "unit"; ms: number };

/** What comes with a call. */
export type CallDetails = {
  context: Properties;
  /** ms since the epoch. */
  at: number;
  /** Whether the decision counts only once it is activated. */
  deferred: boolean;
  /** How many contributions the explanation of each score names; none without it. */
  explain: number | undefined;
  /** Most to wait for the model, in ms. */
  timeout: number;
  /** Whether what was shown before is to be shown again. */
  sticky: Sticky | undefined;
  /** Whether the decision is logged. */
  logged: boolean;
};

export type Answer = {
  id: string;
  /** Model, version and snapshot: `home-hero@1.12`. */
  model: string;
  computedBy: ComputedBy;
  /** Of a decision that no version made: why. */
  reason?: Code;
  /** From features to decision, in ms; not the wait for a model to load, nor for storage. */
  ms: number;
};
export type RankAnswer = Answer & Pick<RankResponse, "chosen" | "ranking" | "slots">;
export type PredictAnswer = Answer & Pick<PredictResponse, "value" | "explanation">;
