import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { LoggedDecision } from "./logged-decision.ts";

/**
 * A contextual bandit as regression over features of actions: learns, from decisions of which only the chosen action's reward is
 * known, to score every action.
 */
export interface BanditLearner {
  /** The score of an action; higher is better. */
  score(action: FeatureBuffer): number;
  learn(decision: LoggedDecision): void;
}
