import type { Exclusion } from "../../shared/contract/exclusion.ts";
import { readDecision } from "../../shared/contract/read-record.ts";
import { isExcluded } from "../../shared/versions/excluded.ts";
import type { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Example } from "../log/messages.ts";

/** `clamped`: its value was outside the spec's range. `excluded`: it is not to be learned. `unlearned`: why it could not be. */
export type LearnedAs = "as it is" | "clamped" | "excluded" | { unlearned: string };

/** Reads and learns one example. */
export function learnExample(
  learner: ModelLearner,
  example: Example,
  exclusions: readonly Exclusion[] = [],
): LearnedAs {
  try {
    const record = readDecision(JSON.parse(example.record));
    if (isExcluded(exclusions, { ...record, receivedAt: example.receivedAt })) return "excluded";
    return learner.learn(record, example.value) ? "as it is" : "clamped";
  } catch (error) {
    return { unlearned: error instanceof Error ? error.message : String(error) };
  }
}
