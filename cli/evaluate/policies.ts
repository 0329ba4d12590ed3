import { bagging, cover, epsilonGreedy, softmax, squareCb, tauFirst, thompson } from "../../shared/contract/define.ts";
import type { LearnerSpec, Policy, Reduction } from "../../shared/contract/spec.ts";
import { countsOnce } from "../../shared/policies/counts-once.ts";
import { distribution, type Experience } from "../../shared/policies/distribution.ts";
import { UsageError } from "../command.ts";

/** A distribution over actions from their scores. */
type ScoredDistribution = (scores: Float64Array, experience: Experience) => Float64Array;

/** A policy to compare. */
export type NamedPolicy =
  /** What chose, and choosing at random: they need no learner. */
  | { name: string; type: "logged" | "uniform" }
  | {
      name: string;
      type: "scored";
      distribution: ScoredDistribution;
      /** Whether 1 / propensity counts when its learner learns. */
      weighted: boolean;
    }
  /** A policy that has its own learners, or its own way to learn. */
  | LearningPolicy;
export type LearningPolicy = {
  name: string;
  type: "learning";
  policy: Policy;
  reduction: Reduction;
  /** Its learner, where it goes with one alone. */
  learner: LearnerSpec["type"] | null;
};

/** Compared when nobody names any. */
export const DEFAULT_POLICIES = ["logged", "uniform", "epsilon-greedy:0.05", "softmax:10", "squarecb:0.5"];

const REDUCTIONS: readonly string[] = ["mtr", "ips", "dr", "dm"] satisfies Reduction[];

/**
 * Reads a policy of the command line: `logged`, `uniform`, `epsilon-greedy:EPSILON`, `softmax:LAMBDA`, `squarecb:GAMMA` (or with its exponent,
 * `squarecb:GAMMA:EXPONENT`), `first:TAU`, `bagging:BAGS`, `cover:POLICIES`, `thompson`; all that learn by 1 / propensity also with their reduction behind, as `softmax:10/dr`.
 * @throws UsageError when it is none.
 */
export function namedPolicy(text: string): NamedPolicy {
  const [rest, reduction = "mtr", ...many] = text.split("/");
  const [type, ...parameters] = rest!.split(":");
  const [argument, ...more] = parameters;
  if (!REDUCTIONS.includes(reduction) || many.length > 0)
    throw new UsageError(`--policy ${text}: after / there can be ${REDUCTIONS.join(", ")}.`);
  const parameter = (byDefault: number, most = Number.POSITIVE_INFINITY): number => {
    const value = argument === undefined ? byDefault : Number(argument);
    if (argument === "" || !(value >= 0 && value <= most && Number.isFinite(value)) || more.length > 0)
      throw new UsageError(
        `--policy ${text}: the parameter must be a number from 0${most < Infinity ? ` to ${most}` : ""}.`,
      );
    return value;
  };
  const whole = (byDefault: number, least: number, most?: number): number => {
    const value = parameter(byDefault, most);
    if (!Number.isSafeInteger(value) || value < least)
      throw new UsageError(`--policy ${text}: the parameter must be a whole number from ${least}.`);
    return value;
  };
  const none = (): void => {
    if (argument !== undefined) throw new UsageError(`--policy ${text}: ${type} has no parameter.`);
  };
  const named = (policy: Policy) => specPolicy(policy, reduction as Reduction);
  switch (type) {
    case "logged":
    case "uniform":
      none();
      if (text.includes("/")) throw new UsageError(`--policy ${text}: ${type} does not learn.`);
      return { name: type, type };
    case "epsilon-greedy":
      return named(epsilonGreedy({ epsilon: parameter(0.05, 1) }));
    case "softmax":
      return named(softmax({ lambda: parameter(10) }));
    case "squarecb":
      return named(squareCbOf(text, parameters));
    case "first":
      return named(tauFirst({ tau: whole(1000, 0) }));
    case "bagging":
      return named(bagging({ bags: whole(5, 2, 32) }));
    case "cover":
      return named(cover({ policies: whole(3, 2, 32) }));
    case "thompson":
      none();
      return named(thompson());
    default:
      throw new UsageError(
        `--policy ${JSON.stringify(text)}: there are logged, uniform, epsilon-greedy:EPSILON, softmax:LAMBDA, squarecb:GAMMA[:EXPONENT], first:TAU, bagging:BAGS, cover:POLICIES and thompson, with /ips, /dr or /dm behind to learn so.`,
      );
  }
}

function squareCbOf(text: string, parameters: readonly string[]): Policy {
  const usual = squareCb();
  const [gamma = usual.gamma, exponent = usual.exponent] = parameters.map((part) =>
    part === "" ? Number.NaN : Number(part),
  );
  if (!(gamma > 0 && Number.isFinite(gamma) && exponent >= 0 && exponent <= 1) || parameters.length > 2)
    throw new UsageError(`--policy ${text}: gamma must be a number above 0, and the exponent one from 0 to 1.`);
  return squareCb({ gamma, exponent });
}

/**
 * The policy of a spec.
 * @throws UsageError when it cannot learn by the reduction.
 */
export function specPolicy(policy: Policy, reduction: Reduction = "mtr"): NamedPolicy {
  const name = nameOf(policy) + (reduction === "mtr" ? "" : `/${reduction}`);
  const once = countsOnce(policy);
  if (once && reduction !== "mtr")
    throw new UsageError(`${name}: it learns what was chosen, each example once, and takes no other reduction.`);
  if (reduction !== "mtr" || policy.type === "bagging" || policy.type === "cover" || policy.type === "thompson")
    return { name, type: "learning", policy, reduction, learner: policy.type === "thompson" ? "bayesian" : null };
  return {
    name,
    type: "scored",
    weighted: !once,
    distribution: (scores, experience) => distribution(policy, { scores }, experience),
  };
}

function nameOf(policy: Policy): string {
  const but = (what: string, value: number | null, usual: number | null) =>
    value === usual ? "" : ` (${what} ${value ?? "falling"})`;
  switch (policy.type) {
    case "epsilonGreedy":
      return `epsilon-greedy:${policy.epsilon}`;
    case "squareCb":
      return `squarecb:${policy.gamma}${policy.exponent === squareCb().exponent ? "" : `:${policy.exponent}`}`;
    case "softmax":
      return `softmax:${policy.lambda}`;
    case "tauFirst":
      return `first:${policy.tau}${but("epsilon", policy.epsilon, tauFirst().epsilon)}`;
    case "bagging":
      return `bagging:${policy.bags}${but("epsilon", policy.epsilon, bagging().epsilon)}`;
    case "cover":
      return `cover:${policy.policies}${but("epsilon", policy.epsilon, null)}${but("psi", policy.psi, cover().psi)}`;
    case "thompson":
      return `thompson${but("epsilon", policy.epsilon, thompson().epsilon)}`;
  }
}
