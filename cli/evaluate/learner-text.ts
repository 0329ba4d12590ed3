import { bayesian } from "../../shared/contract/define.ts";
import type { LearnerSpec } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";

/** Compared when nobody names any. */
export const DEFAULT_LEARNERS = ["auto", "adaptive"];

/** 2^bits is the number of weights. */
const BITS = 18;

/**
 * Reads a learner of the command line: `auto`, `adaptive:LEARNING_RATE`, `factorised:RANK`, `bayesian`.
 * @throws UsageError when it is none.
 */
export function namedLearner(text: string): LearnerSpec {
  const [type, argument, ...more] = text.split(":");
  const parameter = argument === undefined ? null : Number(argument);
  if (more.length === 0 && argument !== "") {
    if (type === "auto" && parameter === null) return { type, bits: BITS };
    if (type === "bayesian" && parameter === null) return bayesian({ bits: BITS });
    if (type === "adaptive" && (parameter ?? 0.5) > 0 && Number.isFinite(parameter ?? 0))
      return { type, bits: BITS, learningRate: parameter ?? 0.5 };
    if (type === "factorised" && Number.isInteger(parameter ?? 16) && (parameter ?? 16) >= 1 && (parameter ?? 16) <= 64)
      return { type, bits: BITS, rank: parameter ?? 16 };
  }
  throw new UsageError(
    `--learner ${JSON.stringify(text)}: there are auto, adaptive:LEARNING_RATE (above 0), factorised:RANK (1 to 64) and bayesian.`,
  );
}
