import type { ModelLearner } from "../../shared/learning/model-learner.ts";
import type { DecisionRecord } from "../../shared/spec/record.ts";
import type { Example } from "../partition/messages.ts";

/** Learns one example. @returns why it could not be learned, or null when it was. */
export function learnExample(learner: ModelLearner, example: Example): string | null {
  try {
    learner.learn(JSON.parse(example.record) as DecisionRecord, example.value);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
