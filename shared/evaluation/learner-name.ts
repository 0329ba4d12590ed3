import type { LearnerSpec } from "../contract/spec.ts";

/** How a learner is called in reports: `auto`, `adaptive:0.5`, `factorised:16`, `bayesian`. */
export function learnerName(spec: LearnerSpec): string {
  if (spec.type === "adaptive") return `adaptive:${spec.learningRate}`;
  return spec.type === "factorised" ? `factorised:${spec.rank}` : spec.type;
}
