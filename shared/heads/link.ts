import type { ModelSpec } from "../contract/spec.ts";
import { logistic } from "../math/logistic.ts";

/** What turns a score into the answer: `logistic` for probabilities, `identity` for values and rewards. */
export type Link = "identity" | "logistic";

export const linkOf = ({ task }: ModelSpec): Link =>
  task.type === "predict" && task.label === "binary" ? "logistic" : "identity";

export const applyLink = (link: Link, score: number): number => (link === "logistic" ? logistic(score) : score);
