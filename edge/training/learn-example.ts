import { readDecision } from "../../shared/contract/read-record.ts";
import type { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Example } from "../log/messages.ts";

/** Reads and learns one example. @returns why it could not be learned, or null when it was. */
export function learnExample(learner: ModelLearner, example: Example): string | null {
  try {
    learner.learn(readDecision(JSON.parse(example.record)), example.value);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
