import type { ModelSpec } from "../contract/spec.ts";
import { MAX_LABEL } from "../online/loss.ts";

/** What is wrong with a feedback value for this model; null when it can be learned. */
export function checkFeedback(spec: ModelSpec, value: number): string | null {
  if (!(Math.abs(value) <= MAX_LABEL)) return `must be a number of at most ${MAX_LABEL}`;
  if (spec.task.type === "predict" && spec.task.label === "binary" && value !== 0 && value !== 1)
    return `must be 0 or 1: ${spec.name} predicts a binary label`;
  return null;
}
