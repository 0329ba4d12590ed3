import * as list from "./policies.ts";
import type { PolicyDefinition, Zod } from "./policy.ts";
import { addPolicies, type Policy } from "./policy-of.ts";

/** All policies there are, for a program that has this file. */
export const policies: readonly PolicyDefinition<Policy>[] = Object.values(list);

addPolicies(policies);

type Schema = ReturnType<(typeof list)[keyof typeof list]["schema"]>;

/** The schema of each policy. */
export function policySchemas(zod: Zod): [Schema, ...Schema[]] {
  const [first, ...others] = Object.values(list).map(({ schema }) => schema(zod));
  return [first!, ...others];
}
