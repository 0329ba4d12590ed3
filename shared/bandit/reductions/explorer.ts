import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { LoggedDecision } from "./logged-decision.ts";

/** A bandit that learns and knows how to explore. */
export interface Explorer {
  /**
   * The probability of each action.
   * @param actions features of each action, of which the first `count` are meant.
   */
  distribution(actions: readonly FeatureBuffer[], count: number): Float64Array;
  learn(decision: LoggedDecision): void;
}
