import * as list from "./policies.ts";
import type { Committee, PolicyDefinition, Zod } from "./policy.ts";

type Listed = (typeof list)[keyof typeof list];

/** A policy as a spec has it: its tag, `type`, and its parameters. */
export type Policy = ReturnType<Listed>;

/** All policies there are. */
export const policies: readonly PolicyDefinition<Policy>[] = Object.values(list);

const byTag = new Map(policies.map((policy) => [policy.type, policy]));

/**
 * The policy that a spec names by its tag.
 * @throws Error when this release has no such policy: the spec is of a newer one.
 * @example policyOf(spec.policy).distribution(spec.policy, beliefs, snapshot)
 */
export function policyOf({ type }: Policy): PolicyDefinition<Policy> {
  const policy = byTag.get(type);
  if (policy === undefined) throw new Error(`this release knows no policy ${JSON.stringify(type)}`);
  return policy;
}

/** The heads that vote for a policy; null: one head scores. */
export const committeeOf = (policy: Policy): Committee | null => policyOf(policy).committee(policy);

/** The schema of each policy. */
export function policySchemas(zod: Zod): [ReturnType<Listed["schema"]>, ...ReturnType<Listed["schema"]>[]] {
  const [first, ...others] = Object.values(list).map(({ schema }) => schema(zod));
  return [first!, ...others];
}
