import type { Policy } from "../../shared/policies/policy-of.ts";
import { BANDITS, EXPLORING, noteOfCostType } from "./bandit-options.ts";
import { EXPLORATIONS, named } from "./explorations.ts";
import type { GivenOptions } from "./given-options.ts";
import { IDLE_SWITCHES, IDLE_VALUES, REGRESSION, WRITTEN } from "./option-names.ts";

/** Options that mean something only besides one of others. */
const BESIDES: readonly (readonly [options: readonly string[], others: readonly string[]])[] = [
  [["cb_type"], BANDITS],
  [["epsilon", ...named(EXPLORATIONS), ...REGRESSION], EXPLORING],
  [["elim"], ["squarecb"]],
  [["nounif"], ["cover"]],
  [
    ["mellowness", "cb_min_cost", "cb_max_cost"],
    [...REGRESSION, "elim"],
  ],
  [
    ["loss0", "loss1"],
    ["cbify", "cbify_ldf"],
  ],
  [["cbify_cs", "flip_loss_sign"], ["cbify"]],
  [["probabilities", "scores", "indexing"], ["oaa"]],
  ...EXPLORATIONS.flatMap(({ option, others = [] }) => (option === null ? [] : [[others, [option]] as const])),
];
/** Options that mean nothing besides one of others. */
const NOT_BESIDES: readonly (readonly [options: readonly string[], others: readonly string[]])[] = [
  [
    ["sgd", "adaptive", "normalized", "invariant", "learning_rate", "power_t", "initial_t"],
    ["ftrl", "coin"],
  ],
  [["l1", "l2"], ["coin"]],
  [["epsilon"], [...REGRESSION, "elim"]],
  [["first_only"], ["first", "softmax", "squarecb"]],
];

/** What somebody who wrote this command line may not expect, a sentence each. */
export function notesOf(given: GivenOptions, policy: Policy): string[] {
  const result: string[] = idle(given);
  for (const [options, others] of BESIDES)
    if (!others.some((name) => given.has(name)))
      for (const name of options)
        if (given.has(name)) result.push(`--${name} has no effect without --${others.join(" or --")}.`);
  for (const [options, others] of NOT_BESIDES)
    for (const other of others)
      if (given.has(other))
        for (const name of options) if (given.has(name)) result.push(`--${name} has no effect with --${other}.`);
  const costType = noteOfCostType(given, policy);
  return costType === null ? result : [...result, costType];
}

/** What VW would do besides, that is not done here or makes no difference to the loss. */
function idle(given: GivenOptions): string[] {
  const result = WRITTEN.filter((name) => given.has(name)).map(
    (name) => `--${name}: nothing is written to ${given.text(name)}; only the average loss is told.`,
  );
  const without = [...IDLE_SWITCHES, ...IDLE_VALUES].filter((name) => given.has(name)).map((name) => `--${name}`);
  if (without.length > 0) result.push(`${without.join(", ")}: nothing of the average loss depends on it.`);
  return result;
}
