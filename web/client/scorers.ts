import type { ModelSpec } from "../../shared/contract/spec.ts";
import { matching } from "../../shared/features/matching.ts";
import { headNumbers } from "../../shared/heads/heads.ts";
import { isKnownPolicy } from "../../shared/policies/policy-of.ts";

/** Learners whose models are scored by more than weights. */
const OTHER_HEADS: readonly ModelSpec["learner"]["type"][] = ["bayesian", "factorised"];

/**
 * Loads the policies, heads and operators that models of such specs ask for.
 * @returns undefined where they are here. It rejects when they cannot be had now; asked again, they are tried again.
 */
export const missingScorers = (specs: readonly ModelSpec[]): Promise<unknown> | undefined =>
  !specs.every(isScored)
    ? import("./other-scorers.ts").then(() => missingScorers(specs))
    : specs.every(isComputed)
      ? undefined
      : import("./other-operators.ts");

// Specs that ask for other operators are of a newer format than 1.
const isComputed = ({ format }: ModelSpec): unknown => matching.of || !(format! > 1);

const isScored = ({ policy, learner }: ModelSpec): boolean =>
  isKnownPolicy(policy) && (headNumbers().length > 1 || !OTHER_HEADS.includes(learner.type));
