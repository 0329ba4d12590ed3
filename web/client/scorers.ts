import type { ModelSpec } from "../../shared/contract/spec.ts";
import { headNumbers } from "../../shared/heads/heads.ts";
import { isKnownPolicy } from "../../shared/policies/policy-of.ts";

/** Learners whose models are scored by more than weights. */
const OTHER_HEADS: ReadonlySet<ModelSpec["learner"]["type"]> = new Set(["bayesian", "factorised"]);

/**
 * Loads the policies and heads that models of such specs ask for.
 * @returns undefined where they are here. It rejects when they cannot be had now; asked again, they are tried again.
 */
export const missingScorers = (specs: readonly ModelSpec[]): Promise<unknown> | undefined =>
  specs.every(isScored) ? undefined : import("./other-scorers.ts");

const isScored = ({ policy, learner }: ModelSpec): boolean =>
  isKnownPolicy(policy) && (headNumbers().length > 0 || !OTHER_HEADS.has(learner.type));
