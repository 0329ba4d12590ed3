import type { ScorePolicy } from "../../shared/learning/reductions/scored-policy.ts";
import { probabilities as epsilonGreedy } from "../../shared/policy/epsilon-greedy.ts";
import { probabilities as softmax } from "../../shared/policy/softmax.ts";
import { probabilities as squareCb } from "../../shared/policy/square-cb.ts";
import type { Policy } from "../../shared/spec/model.ts";
import { UsageError } from "../command.ts";

/** A policy to compare. */
export type NamedPolicy =
  /** What chose, and choosing at random: they need no learner. */
  | { name: string; type: "logged" | "uniform" }
  | {
      name: string;
      type: "scored";
      distribution: ScorePolicy /** Whether 1 / propensity counts when its learner learns. */;
      weighted: boolean;
    };

/** Compared when nobody names any. */
export const DEFAULT_POLICIES = ["logged", "uniform", "epsilon-greedy:0.05", "softmax:10", "squarecb:10"];

/**
 * Reads a policy of the command line: `logged`, `uniform`, `epsilon-greedy:EPSILON`, `softmax:LAMBDA`, `squarecb:GAMMA`.
 * @throws UsageError when it is none.
 */
export function namedPolicy(text: string): NamedPolicy {
  const [type, argument, ...more] = text.split(":");
  const parameter = (byDefault: number, most = Number.POSITIVE_INFINITY): number => {
    const value = argument === undefined ? byDefault : Number(argument);
    if (argument === "" || !(value >= 0 && value <= most && Number.isFinite(value)) || more.length > 0)
      throw new UsageError(
        `--policy ${text}: the parameter must be a number from 0${most < Infinity ? ` to ${most}` : ""}.`,
      );
    return value;
  };
  switch (type) {
    case "logged":
    case "uniform":
      if (argument !== undefined) throw new UsageError(`--policy ${text}: ${type} has no parameter.`);
      return { name: type, type };
    case "epsilon-greedy": {
      const epsilon = parameter(0.05, 1);
      return scored(`${type}:${epsilon}`, true, (scores) => epsilonGreedy(scores, epsilon));
    }
    case "softmax": {
      const lambda = parameter(10);
      return scored(`${type}:${lambda}`, true, (scores) => softmax(scores, lambda));
    }
    case "squarecb": {
      const gamma = parameter(10);
      return squareCbPolicy(`${type}:${gamma}`, gamma, 0.5);
    }
    default:
      throw new UsageError(
        `--policy ${JSON.stringify(text)}: there are logged, uniform, epsilon-greedy:EPSILON, softmax:LAMBDA and squarecb:GAMMA.`,
      );
  }
}

/** The policy of a spec. */
export function specPolicy(policy: Policy): NamedPolicy {
  if (policy.type === "epsilonGreedy") return namedPolicy(`epsilon-greedy:${policy.epsilon}`);
  const { gamma, exponent } = policy;
  return squareCbPolicy(`squarecb:${gamma}${exponent === 0.5 ? "" : ` (exponent ${exponent})`}`, gamma, exponent);
}

/** SquareCB's regression counts every example once (shared/learning/mtr.ts). */
const squareCbPolicy = (name: string, gamma: number, exponent: number): NamedPolicy =>
  scored(name, false, (scores, examples) => squareCb(scores, gamma * examples ** exponent));

const scored = (name: string, weighted: boolean, distribution: ScorePolicy): NamedPolicy => ({
  name,
  type: "scored",
  weighted,
  distribution,
});
