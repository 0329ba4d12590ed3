import type { others } from "./other-policies.ts";
import * as list from "./policies.ts";
import type { PolicyDefinition, Zod } from "./policy.ts";
import { addPolicies, decidingPolicy, type Policy } from "./policy-of.ts";

/** All policies there are, for a program that has this file. */
export const policies: readonly PolicyDefinition<Policy>[] = Object.values(
  list satisfies { [Name in keyof typeof others]: unknown },
);

addPolicies(policies);

type Schema = ReturnType<(typeof list)[keyof typeof list]["schema"]>;

/** The schema of each policy. */
export function policySchemas(zod: Zod): [Schema, ...Schema[]] {
  const [first, ...others] = Object.values(list).map(({ schema }) => schema(zod));
  return [first!, ...others];
}

/**
 * All that is known of the policy that a spec names by its tag.
 * @throws Error when this release has no such policy: the spec is of a newer one.
 * @example policyOf(spec.policy).leastPropensity(spec.policy, 10, 1000)
 */
export const policyOf = (policy: Policy): PolicyDefinition<Policy> =>
  // All that are known have been added here.
  decidingPolicy(policy) as PolicyDefinition<Policy>;
