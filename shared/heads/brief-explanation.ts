import type { BriefExplanation } from "../contract/calls.ts";
import type { Explanation } from "./explanation.ts";

/**
 * What matters most of an explanation, and all the rest as one sum.
 * @param most contributions to name, the largest first, whatever their sign.
 */
export function briefExplanation({ contributions }: Explanation, most: number): BriefExplanation {
  const others = contributions.slice(most);
  return {
    contributions: contributions.slice(0, most).map(({ parts, contribution, deviation }) => ({
      parts: [...parts],
      contribution,
      ...(deviation !== null && { deviation }),
    })),
    others: { count: others.length, contribution: others.reduce((sum, { contribution }) => sum + contribution, 0) },
  };
}
