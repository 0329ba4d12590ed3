import type * as list from "./policies.ts";
import type { Committee, PolicyDefinition } from "./policy.ts";
import { squareCb } from "./square-cb.ts";

type Listed = (typeof list)[keyof typeof list];

/** A policy as a spec has it: its tag, `type`, and its parameters. */
export type Policy = ReturnType<Listed>;

/**
 * The policies that this program has, by their tags: the default, and those that were added. Whoever checks specs has them all (all-policies.ts); a page adds
 * others when a model of its own asks for one.
 */
const known = new Map<string, PolicyDefinition<Policy>>([[squareCb.type, squareCb]]);

export function addPolicies(policies: readonly PolicyDefinition<Policy>[]): void {
  for (const policy of policies) known.set(policy.type, policy);
}

export const isKnownPolicy = ({ type }: Policy): boolean => known.has(type);

/**
 * The policy that a spec names by its tag.
 * @throws Error when this release has no such policy: the spec is of a newer one.
 * @example policyOf(spec.policy).distribution(spec.policy, beliefs, snapshot)
 */
export function policyOf({ type }: Policy): PolicyDefinition<Policy> {
  const policy = known.get(type);
  if (policy === undefined) throw new Error(`this release knows no policy ${JSON.stringify(type)}`);
  return policy;
}

/** The heads that vote for a policy; null: one head scores. */
export const committeeOf = (policy: Policy): Committee | null => policyOf(policy).committee(policy);
