import type { Policy } from "../contract/spec.ts";

/** How many heads vote; 0: one head scores, and nobody votes. */
export function committeeSize(policy: Policy): number {
  if (policy.type === "bagging") return policy.bags;
  return policy.type === "cover" ? policy.policies : 0;
}
