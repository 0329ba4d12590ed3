import { committeeOf, type Policy } from "./policy-of.ts";

/** How many learners a spec's policy and reduction make, and whether they look at all actions of a decision, or at the chosen one alone. */
export function learning({ policy, reduction = "mtr" }: { policy: Policy; reduction?: string | undefined }): {
  learners: number;
  looksAtAll: boolean;
} {
  const committee = committeeOf(policy);
  const heads = committee?.heads ?? 1;
  // Heads that cover what others leave out have one model of the reward together; others that need one have it each.
  const shared = committee?.by === "cover";
  const models = shared ? Number(reduction !== "ips") : reduction === "dr" ? heads : 0;
  return { learners: heads + models, looksAtAll: shared || reduction !== "mtr" };
}
