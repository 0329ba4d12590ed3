import type { Exclusion } from "../contract/exclusion.ts";
import { readDecision } from "../contract/read-record.ts";
import { isFallback } from "../decide/fallback.ts";
import type { Bound, Contributions } from "./contributions.ts";
import { isExcluded } from "./excluded.ts";
import type { ModelLearner } from "./model-learner.ts";

/** What learning asks of an example: when its decision was received (ms since the epoch, the log's clock), the record as it was logged, and what it is worth. */
export type JoinedExample = { receivedAt: number; record: string; value: number };

/**
 * `clamped`: its value was outside the spec's range. `excluded`: it is not to be learned, such as what no version decided. `bounded`: of what too much was learned in its hour. `unlearned`: why
 * it could not be.
 */
export type LearnedAs = "as it is" | "clamped" | "excluded" | { bounded: Bound } | { unlearned: string };

/** Reads and learns one example, unless it is not to be learned, or may not. What is excluded or cannot be learned does not count as a contribution. */
export function learnExample(
  learner: ModelLearner,
  contributions: Contributions,
  example: JoinedExample,
  exclusions: readonly Exclusion[] = [],
): LearnedAs {
  try {
    const record = readDecision(JSON.parse(example.record));
    if (isFallback(record)) return "excluded";
    const decision = { ...record, receivedAt: example.receivedAt };
    if (isExcluded(exclusions, decision)) return "excluded";
    const bounded = contributions.over(decision);
    if (bounded !== null) return { bounded };
    const inRange = learner.learn(record, example.value);
    contributions.add(decision);
    return inRange ? "as it is" : "clamped";
  } catch (error) {
    return { unlearned: error instanceof Error ? error.message : String(error) };
  }
}
