import { readDecision } from "../../shared/contract/read-record.ts";
import type { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Example } from "../log/messages.ts";

/** `clamped`: its value was outside the spec's range. `unlearned`: why it could not be learned. */
export type LearnedAs = "as it is" | "clamped" | { unlearned: string };

/** Reads and learns one example. */
export function learnExample(learner: ModelLearner, example: Example): LearnedAs {
  try {
    return learner.learn(readDecision(JSON.parse(example.record)), example.value) ? "as it is" : "clamped";
  } catch (error) {
    return { unlearned: error instanceof Error ? error.message : String(error) };
  }
}
