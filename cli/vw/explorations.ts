import "../../shared/policies/all-policies.ts";
import { bagging, cover, epsilonGreedy, softmax, squareCb, tauFirst } from "../../shared/policies/policies.ts";
import type { Policy } from "../../shared/policies/policy-of.ts";

/** How a command line of Vowpal Wabbit asks for a policy. */
type VwExploration = {
  /** `bag` of `--bag`; null: what VW does when no other is asked for. */
  option: string | null;
  /** Bounds of the option's value, a whole number; null of a switch. */
  value: readonly [least: number, most: number] | null;
  /** Options of numbers that mean something only beside it, such as `lambda`. */
  others?: readonly string[];
  /** The policy of the numbers that are given, by the names of their options. VW floors one that has no parameter `epsilon` by --epsilon. */
  policy(given: Readonly<Record<string, number | undefined>>): Policy;
};

/** The policies that VW has, by the options that ask for them. They stand here and not with the policies, which pages load. */
export const EXPLORATIONS: readonly VwExploration[] = [
  { option: "bag", value: [1, 256], policy: ({ bag, epsilon = 0 }) => bagging({ bags: bag!, epsilon }) },
  {
    option: "cover",
    value: [1, 256],
    others: ["psi"],
    policy: ({ cover: policies, psi = 1, epsilon = null }) => cover({ policies: policies!, psi, epsilon }),
  },
  { option: null, value: null, policy: ({ epsilon = Math.fround(0.05) }) => epsilonGreedy({ epsilon }) },
  {
    option: "softmax",
    value: null,
    others: ["lambda"],
    // Its sign does not count there.
    policy: ({ lambda = 1 }) => softmax({ lambda: Math.abs(lambda) }),
  },
  {
    option: "squarecb",
    value: null,
    others: ["gamma_scale", "gamma_exponent"],
    policy: ({ gamma_scale: gamma = 10, gamma_exponent: exponent = 0.5 }) => squareCb({ gamma, exponent }),
  },
  {
    option: "first",
    value: [0, Number.MAX_SAFE_INTEGER],
    policy: ({ first, epsilon = 0 }) => tauFirst({ tau: first!, epsilon }),
  },
];

/** The options that ask for them. */
export const named = (which: readonly VwExploration[]): string[] =>
  which.flatMap(({ option }) => (option === null ? [] : [option]));
