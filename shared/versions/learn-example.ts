import type { Exclusion } from "../contract/exclusion.ts";
import { readDecision } from "../contract/read-record.ts";
import type { DecisionRecord } from "../contract/record.ts";
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

/** What was learned of an example, and the loss of its prediction before that. */
export type LearnedExample = { record: DecisionRecord; receivedAt: number; value: number; loss: number };

/**
 * Reads and learns one example, unless it is not to be learned, or may not. What is excluded or cannot be learned does not count as a contribution.
 * @param heard hears of it when it was learned; it must not throw.
 */
export function learnExample(
  learner: ModelLearner,
  contributions: Contributions,
  example: JoinedExample,
  exclusions: readonly Exclusion[] = [],
  heard?: (learned: LearnedExample) => void,
): LearnedAs {
  try {
    const record = readDecision(JSON.parse(example.record));
    if (isFallback(record)) return "excluded";
    const decision = { ...record, receivedAt: example.receivedAt };
    if (isExcluded(exclusions, decision)) return "excluded";
    const bounded = contributions.over(decision);
    if (bounded !== null) return { bounded };
    const { receivedAt } = example;
    const inRange = learner.learn(
      record,
      example.value,
      heard && ((value, loss) => heard({ record, receivedAt, value, loss })),
    );
    contributions.add(decision);
    return inRange ? "as it is" : "clamped";
  } catch (error) {
    return { unlearned: error instanceof Error ? error.message : String(error) };
  }
}
