import type { DecisionRecord } from "../../shared/contract/record.ts";
import type { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Example } from "../log/messages.ts";

/** Learns one example. @returns why it could not be learned, or null when it was. */
export function learnExample(learner: ModelLearner, example: Example): string | null {
  try {
    learner.learn(JSON.parse(example.record) as DecisionRecord, example.value);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
