import type { LoggedDecision } from "./logged-decision.ts";

/** Learns, from decisions of which only the chosen action's reward is known, what actions are worth: by regression over their features. */
export interface Regression {
  learn(decision: LoggedDecision): void;
}
