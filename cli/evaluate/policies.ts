import { z } from "zod";
import type { LearnerSpec, Reduction } from "../../shared/contract/spec.ts";
import type { Experience } from "../../shared/policies/policy.ts";
import { committeeOf, type Policy, policies, policyOf } from "../../shared/policies/policy-of.ts";
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

/** `logged, uniform, squarecb:GAMMA[:EXPONENT], ...`: all that `namedPolicy` reads. */
export const POLICY_USAGE = ["logged", "uniform", ...policies.map(({ commandLine }) => usage(commandLine))].join(", ");

/**
 * Reads a policy of the command line: `logged`, `uniform`, or one of the list (shared/policies/policies.ts) by its name there, with
 * parameters after colons; all that learn by 1 / propensity also with their reduction behind, as `softmax:10/dr`.
 * @throws UsageError when it is none.
 */
export function namedPolicy(text: string): NamedPolicy {
  const [rest, reduction = "mtr", ...many] = text.split("/");
  const [name, ...values] = rest!.split(":");
  if (!REDUCTIONS.includes(reduction) || many.length > 0)
    throw new UsageError(`--policy ${text}: after / there can be ${REDUCTIONS.join(", ")}.`);
  if (name === "logged" || name === "uniform") {
    if (values.length > 0) throw new UsageError(`--policy ${text}: ${name} has no parameter.`);
    if (text.includes("/")) throw new UsageError(`--policy ${text}: ${name} does not learn.`);
    return { name, type: name };
  }
  const policy = policies.find(({ commandLine }) => commandLine.name === name);
  if (policy === undefined)
    throw new UsageError(
      `--policy ${JSON.stringify(text)}: there are ${POLICY_USAGE}, with /ips, /dr or /dm behind to learn so.`,
    );
  const { takes } = policy.commandLine;
  if (values.length > takes.length)
    throw new UsageError(`--policy ${text}: it is ${usage(policy.commandLine)}, and takes no other parameter.`);
  const given = values.map((value, i) => [takes[i]!, value.trim() === "" ? Number.NaN : Number(value)]);
  const read = policy.schema(z).safeParse({ ...policy.defaults, ...Object.fromEntries(given) });
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new UsageError(`--policy ${text}: ${problems.join("; ")}.`);
  }
  return specPolicy(read.data, reduction as Reduction);
}

/**
 * The policy of a spec.
 * @throws UsageError when it cannot learn by the reduction.
 */
export function specPolicy(policy: Policy, reduction: Reduction = "mtr"): NamedPolicy {
  const name = nameOf(policy) + (reduction === "mtr" ? "" : `/${reduction}`);
  const { countsOnce, needsDeviations, distribution } = policyOf(policy);
  if (countsOnce && reduction !== "mtr")
    throw new UsageError(`${name}: it learns what was chosen, each example once, and takes no other reduction.`);
  if (reduction !== "mtr" || needsDeviations || committeeOf(policy) !== null)
    return { name, type: "learning", policy, reduction, learner: needsDeviations ? "bayesian" : null };
  return {
    name,
    type: "scored",
    weighted: !countsOnce,
    distribution: (scores, experience) => distribution(policy, { scores }, experience),
  };
}

/** `squarecb:GAMMA[:EXPONENT]` */
function usage({ name, takes: [first, ...others] }: (typeof policies)[number]["commandLine"]): string {
  const parameter = (key: string) => `:${key.toUpperCase()}`;
  return `${name}${first === undefined ? "" : parameter(first)}${others.map((key) => `[${parameter(key)}]`).join("")}`;
}

/** As `namedPolicy` reads it, and what cannot be said there behind: the first parameter, and all that are not the usual ones. */
function nameOf(policy: Policy): string {
  const { commandLine, defaults } = policyOf(policy);
  const { name, takes } = commandLine;
  const usual: Readonly<Record<string, unknown>> = defaults;
  const unusual = Object.entries(policy).filter(([key, value]) => value !== usual[key]);
  const last = takes.findLastIndex((key, i) => i === 0 || unusual.some(([other]) => other === key));
  const values: Readonly<Record<string, unknown>> = policy;
  const parameters = takes.slice(0, last + 1).map((key) => `:${values[key]}`);
  const others = unusual.filter(([key]) => !takes.includes(key)).map(([key, value]) => ` (${key} ${value})`);
  return [name, ...parameters, ...others].join("");
}
