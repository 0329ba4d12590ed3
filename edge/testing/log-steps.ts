import fc from "fast-check";
import { MAX_ACTIVATION_DELAY } from "../../shared/versions/join.ts";

/** Arbitraries of what comes to a log, and of rules by which it is read: from few times and values, so that much meets at one moment and in one decision. */

/** Of a step: what comes, and when. */
export const stepFields = {
  after: fc.constantFrom(0, 0, 0, 1, 3),
  model: fc.constantFrom("m", "m", "m", "other"),
  deferred: fc.boolean(),
  ago: fc.constantFrom(0, 0, 1, 4, MAX_ACTIVATION_DELAY + 1),
  value: fc.constantFrom(0, 1, 0.5, -2),
  claimed: fc.boolean(),
  final: fc.constantFrom(false, false, false, true),
};

/** Of the rules. */
export const ruleFields = {
  aggregate: fc.constantFrom("first", "last", "max", "min", "sum", "mean"),
  default: fc.constantFrom(null, 0, -1),
  wait: fc.constantFrom(0, 1, 2, 5),
  binary: fc.boolean(),
} as const;
