import type { Reduction } from "../contract/spec.ts";
import { policyOf } from "../policies/all-policies.ts";
import type { Beliefs, Experience } from "../policies/policy.ts";
import { committeeOf, type Policy } from "../policies/policy-of.ts";

/** A policy as a comparison takes it. */
export type ComparedPolicy =
  /** What chose, and choosing at random: they need no learner. */
  | { name: string; type: "logged" | "uniform" }
  | {
      name: string;
      type: "scored";
      /** From what is thought of the actions. */
      distribution: (beliefs: Beliefs, experience: Experience) => Float64Array;
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
  /** Whether its learner must know how unsure it is. */
  needsDeviations: boolean;
};

/**
 * The policy of a spec, to compare.
 * @throws RangeError when it cannot learn by the reduction.
 */
export function comparedPolicy(policy: Policy, reduction: Reduction = "mtr"): ComparedPolicy {
  const name = policyName(policy) + (reduction === "mtr" ? "" : `/${reduction}`);
  const { countsOnce, needsDeviations, distribution } = policyOf(policy);
  if (countsOnce && reduction !== "mtr")
    throw new RangeError(`${name}: it learns what was chosen, each example once, and takes no other reduction`);
  if (reduction !== "mtr" || needsDeviations || committeeOf(policy) !== null)
    return { name, type: "learning", policy, reduction, needsDeviations };
  return {
    name,
    type: "scored",
    weighted: !countsOnce,
    distribution: (beliefs, experience) => distribution(policy, beliefs, experience),
  };
}

/** As the command line reads it, and what cannot be said there behind: the first parameter, and all that are not the usual ones. */
function policyName(policy: Policy): string {
  const { commandLine, defaults } = policyOf(policy);
  const { name, takes } = commandLine;
  const usual: Readonly<Record<string, unknown>> = defaults;
  const unusual = Object.entries(policy).filter(([key, value]) => value !== usual[key]);
  const values: Readonly<Record<string, unknown>> = policy;
  const isSaid = (key: string, i: number) => (i === 0 && values[key] !== null) || unusual.some(([of]) => of === key);
  const last = takes.findLastIndex(isSaid);
  const parameters = takes.slice(0, last + 1).map((key) => `:${values[key] ?? ""}`);
  const others = unusual.filter(([key]) => !takes.includes(key)).map(([key, value]) => ` (${key} ${value})`);
  return [name, ...parameters, ...others].join("");
}
