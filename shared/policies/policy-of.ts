import { inverseGapWeighting } from "./inverse-gaps.ts";
import type * as list from "./policies.ts";
import type { Committee, PolicyDefinition } from "./policy.ts";

type Listed = (typeof list)[keyof typeof list];

/** A policy as a spec has it: its tag, `type`, and its parameters. */
export type Policy = ReturnType<Listed>;

/** What whoever decides by a policy needs of it. */
export type DecidingPolicy = Pick<PolicyDefinition<Policy>, "type" | "distribution"> &
  Partial<Pick<PolicyDefinition<Policy>, "committee" | "needsDeviations">>;

/**
 * The policies that this program decides by, by their tags: the default, and those that were added. Whoever checks specs or learns has them all (all-policies.ts); a page adds
 * others when a model of its own asks for one.
 */
const known = new Map<string, DecidingPolicy>();
addPolicies([inverseGapWeighting as DecidingPolicy]);

export function addPolicies(policies: readonly DecidingPolicy[]): void {
  for (const policy of policies) known.set(policy.type, policy);
}

export const isKnownPolicy = ({ type }: Policy): boolean => known.has(type);

/**
 * The policy that a spec names by its tag, as it decides.
 * @throws Error when this release has no such policy: the spec is of a newer one.
 * @example decidingPolicy(spec.policy).distribution(spec.policy, beliefs, snapshot)
 */
export function decidingPolicy({ type }: Policy): DecidingPolicy {
  const policy = known.get(type);
  if (policy === undefined) throw new Error(`this release knows no policy ${JSON.stringify(type)}`);
  return policy;
}

/** The heads that vote for a policy; null: one head scores. */
export const committeeOf = (policy: Policy): Committee | null => decidingPolicy(policy).committee?.(policy) ?? null;
