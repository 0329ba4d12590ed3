import type { Policy } from "../contract/spec.ts";
import { committeeFloor } from "./committee-floor.ts";

/** Where the policy itself has no better floor, no example counts more than so many times what one of a uniform choice does. */
const MOST = 100;

/** What a propensity counts as at least, among `count` actions of a policy of which nothing else is known. */
export const leastCounted = (count: number): number => 1 / (MOST * count);

/**
 * The least probability that a policy gives an action that it chooses, of `count`: what a propensity under it counts as when an example is
 * weighed by 1 / propensity. That of an honest decision is not under it (but where the policy has no floor, or one that vanishes: there it bounds the
 * variance, Ionides 2008, "Truncated importance sampling"), so it bounds what a false claim can weigh.
 * @param examples how many were learned.
 */
export function leastPropensity(policy: Policy, count: number, examples: number): number {
  switch (policy.type) {
    case "epsilonGreedy":
    case "tauFirst":
      return (policy.epsilon || 1) / count;
    case "bagging":
      // Without epsilon, a part of one of the votes: as many parts as actions, when all are tied.
      return (policy.epsilon || 1 / policy.bags) / count;
    case "cover":
      return Math.max(committeeFloor(policy.epsilon, count, examples), leastCounted(count));
    default:
      return leastCounted(count);
  }
}
