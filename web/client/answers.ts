import type { PredictResponse, RankResponse } from "../../shared/contract/calls.ts";
import type { ComputedBy } from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";

/** What comes with a call. */
export type CallDetails = {
  context: Properties;
  /** ms since the epoch. */
  at: number;
  /** Whether the decision counts only once it is activated. */
  deferred: boolean;
  /** How many contributions the explanation of each score names; none without it. */
  explain: number | undefined;
};

export type Answer = {
  id: string;
  /** Model, version and snapshot: `home-hero@1.12`. */
  model: string;
  computedBy: ComputedBy;
  /** From features to decision, in ms; not the wait for a model to load, nor for storage. */
  ms: number;
};
export type RankAnswer = Answer & Pick<RankResponse, "chosen" | "ranking" | "slots">;
export type PredictAnswer = Answer & Pick<PredictResponse, "value" | "explanation">;
