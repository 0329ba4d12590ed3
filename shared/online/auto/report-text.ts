import type { AutoReport } from "./report.ts";

/**
 * What the learner `auto` serves, and why, in lines to read: the candidates by weight, each with its recent loss beside that
 * of the whole.
 * @example
 * recent loss of what is served: 0.3280
 * 82 % steady with interactions (all features, rate 0.15): recent loss 0.3312
 */
export function reportText({ recentLoss, candidates }: AutoReport): string {
  if (recentLoss === null) return "no examples yet: all candidates count alike";
  const total = candidates.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const lines = candidates
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ name, features, learningRate, recentLoss, weight }) => {
      const share = Math.round((100 * weight) / total);
      const how = learningRate === null ? "ridge regression" : `rate ${learningRate}`;
      return `${share} % ${name} (${SEES[features]}, ${how}): recent loss ${recentLoss!.toFixed(4)}`;
    });
  return [`recent loss of what is served: ${recentLoss.toFixed(4)}`, ...lines].join("\n");
}

const SEES = {
  all: "all features",
  straight: "numbers joined by their logarithms",
  single: "no interactions",
  plain: "no interactions, numbers plain",
} as const;
