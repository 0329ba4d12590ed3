import type { Policy } from "../../shared/policies/policy-of.ts";
import { UsageError } from "../command.ts";
import type { CostRanges } from "./cost-ranges.ts";
import { EXPLORATIONS, named } from "./explorations.ts";
import type { GivenOptions } from "./given-options.ts";
import { REGRESSION, SIMULATIONS } from "./option-names.ts";

/** How actions are chosen. */
export type Exploration = {
  policy: Policy;
  /** Every action keeps a probability of at least so much / K: --epsilon of a policy that has none of its own. */
  floor: number;
  /** Of several actions that are tied the first has the share of all (`--first_only`). */
  firstOnly: boolean;
  /** What no policy of a cover chooses has no floor (`--nounif`). */
  onlyChosen: boolean;
  /** Null: by the policy. Else by what actions may cost, and the policy says only how decisions are learned. */
  ranges: CostRanges | null;
};

/** The option by which a policy is asked for. */
export const wayOf = (given: GivenOptions): string =>
  [...REGRESSION, ...named(EXPLORATIONS)].find((name) => given.has(name))!;

/** @throws UsageError naming ways to explore of which there can be one, or a value that they do not have. */
export function readExploration(given: GivenOptions): Exploration {
  const asked = EXPLORATIONS.filter(({ option }) => option !== null && given.has(option));
  const regression = REGRESSION.filter((name) => given.has(name)).slice(0, 1);
  const ways = [...named(asked), ...regression];
  if (ways.length > 1)
    throw new UsageError(`--${ways.join(" and --")} are different ways to explore: give one of them.`);
  const epsilon = given.number("epsilon");
  if (epsilon !== undefined && epsilon > 1) throw new UsageError(`--epsilon must be from 0 to 1, not ${epsilon}.`);
  const numbers: Record<string, number | undefined> = { epsilon };
  for (const { option, value, others = [] } of EXPLORATIONS) {
    for (const other of others) numbers[other] = given.number(other, Number.NEGATIVE_INFINITY);
    if (option !== null && value !== null) numbers[option] = given.whole(option, ...value);
  }
  // RegCB learns as SquareCB does.
  const policyOption = regression.length > 0 ? "squarecb" : (named(asked)[0] ?? null);
  const policy = EXPLORATIONS.find(({ option }) => option === policyOption)!.policy(numbers);
  return {
    policy,
    floor: "epsilon" in policy ? 0 : (epsilon ?? 0),
    firstOnly: given.has("first_only"),
    onlyChosen: given.has("nounif"),
    ranges: readRanges(given, policy),
  };
}

/** Costs are between these where decisions are not made of classes. */
const [LEAST_COST, MOST_COST] = [0, 1];

function readRanges(given: GivenOptions, policy: Policy): CostRanges | null {
  if (policy.type !== "squareCb") return null;
  const isRegression = REGRESSION.some((name) => given.has(name));
  if (!isRegression && !given.has("elim")) return null;
  if (given.has("ftrl") || given.has("coin"))
    throw new UsageError("--regcb and --elim need gradient descent: neither --ftrl nor --coin.");
  const isSimulated = SIMULATIONS.some((name) => given.has(name));
  const [least, most] = isSimulated ? (["loss0", "loss1"] as const) : (["cb_min_cost", "cb_max_cost"] as const);
  return {
    rule: given.has("regcbopt") ? "optimistic" : isRegression ? "eliminate" : "squareCb",
    mellowness: given.number("mellowness") ?? Math.fround(isRegression ? 0.1 : 0.001),
    least: given.number(least, Number.NEGATIVE_INFINITY) ?? LEAST_COST,
    most: given.number(most, Number.NEGATIVE_INFINITY) ?? MOST_COST,
    firstOnly: given.has("first_only"),
    gamma: policy.gamma,
    exponent: policy.exponent,
  };
}
