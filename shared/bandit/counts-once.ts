import type { LearnerSpec } from "../contract/spec.ts";
import { policyOf } from "../policies/all-policies.ts";
import type { Policy } from "../policies/policy-of.ts";

/**
 * Whether each decision counts once with the reduction mtr, whatever its propensity and policy: with `auto`. What its candidates learn is what
 * actions are worth, which propensities say nothing about; one that was explored with probability 1/200 and counted 200 times was all that
 * they remembered (docs/adr/0025-ranking.md). `adaptive` weighs as Vowpal Wabbit does.
 */
export const alwaysCountsOnce = (learner: LearnerSpec): boolean => learner.type === "auto";

/** The same of a policy and a learner: also where the policy says so. */
export const countsOnce = (policy: Policy, learner: LearnerSpec): boolean =>
  alwaysCountsOnce(learner) || policyOf(policy).countsOnce;
