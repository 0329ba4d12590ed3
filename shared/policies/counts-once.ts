import type { Policy } from "../contract/spec.ts";

/**
 * Whether every example of the policy counts once when it is learned, not 1 / propensity times: a posterior counts what was seen
 * (Thompson sampling), and SquareCB's guarantee is for an unweighted regression oracle (Foster & Rakhlin 2020), and its propensities get so
 * small that weights of 1 / propensity would drown the rest. (Vowpal Wabbit keeps the division by the mean number of actions there, which
 * only slows learning.)
 */
export const countsOnce = ({ type }: Policy): boolean => type === "squareCb" || type === "thompson";
