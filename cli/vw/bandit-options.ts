import type { Reduction } from "../../shared/contract/spec.ts";
import { policyOf } from "../../shared/policies/all-policies.ts";
import { committeeOf, type Policy } from "../../shared/policies/policy-of.ts";
import { UsageError } from "../command.ts";
import { type Exploration, wayOf } from "./exploration-options.ts";
import type { GivenOptions } from "./given-options.ts";
import { SIMULATIONS } from "./option-names.ts";

/** How costs of logged decisions become regression problems: VW has one more than trainers. */
export type CostType = Reduction | "sm";

export type BanditOptions = {
  costType: CostType;
  /** Null: lines of several make an event, one for each action. */
  actions: number | null;
  /** Null: the action of the least cost is always taken. */
  exploration: Exploration | null;
  /** Null: decisions were logged. Else they are made here, of examples whose right answers are known. */
  simulation: Simulation | null;
  /** Null: a decision takes one action. Else one for each of its slots, and the loss is of the first, or of all of them. */
  slots: { countsAll: boolean } | null;
};

/** How decisions are made of examples whose right answers are known (`--cbify`). */
export type Simulation = {
  /** What is known: the class, or what each of them costs. */
  known: "class" | "costs";
  /** What the right class costs, and what any other does; costs that are known are from the one to the other. */
  right: number;
  wrong: number;
};

/** Options that ask for a bandit. */
const KINDS = ["cb", "cb_adf", "cb_explore", "cb_explore_adf", "ccb_explore_adf"] as const;
/** What some of them are made of, and may be written beside. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  cb_explore_adf: ["cb_adf"],
  ccb_explore_adf: ["cb_adf", "cb_explore_adf"],
  ...Object.fromEntries(SIMULATIONS.map((name) => [name, KINDS])),
};
/** The options without which there is no exploration. */
export const EXPLORING: readonly string[] = [...["cb_explore", "cb_explore_adf", "ccb_explore_adf"], ...SIMULATIONS];
/** The options without which nothing has a cost type. */
export const BANDITS: readonly string[] = [...KINDS, ...SIMULATIONS];

const COST_TYPES: readonly CostType[] = ["ips", "dm", "dr", "mtr", "sm"];
const MOST_ACTIONS = 2 ** 16;

/** @throws UsageError naming options that do not go together, or have no such value. */
export function readBandit(given: GivenOptions, exploration: Exploration): BanditOptions | null {
  const written = [...SIMULATIONS, ...KINDS].filter((name) => given.has(name));
  const asked = written.filter((name) => !written.some((other) => PARTS[other]?.includes(name)));
  if (asked.length > 1) throw new UsageError(`--${asked.join(" and --")} are different problems: give one of them.`);
  const kind = asked[0];
  if (kind === undefined) return null;
  const perLine = !kind.endsWith("_adf") && kind !== "cbify_ldf";
  return {
    costType: costTypeOf(given, exploration.policy),
    actions: perLine ? given.whole(kind, 1, MOST_ACTIONS)! : null,
    exploration: EXPLORING.includes(kind) ? exploration : null,
    simulation: SIMULATIONS.some((name) => name === kind) ? readSimulation(given) : null,
    slots: kind === "ccb_explore_adf" ? { countsAll: given.has("all_slots_loss") } : null,
  };
}

function readSimulation(given: GivenOptions): Simulation {
  const right = given.number("loss0", Number.NEGATIVE_INFINITY) ?? 0;
  const wrong = given.number("loss1", Number.NEGATIVE_INFINITY) ?? 1;
  if (given.has("cbify_cs") || given.has("cbify_ldf")) return { known: "costs", right, wrong };
  return given.has("flip_loss_sign")
    ? { known: "class", right: 0 - right, wrong: 0 - wrong }
    : { known: "class", right, wrong };
}

/**
 * That which is asked for, but mtr for covers, which do not have all (as in VW).
 * @throws UsageError for one that the exploration does not have (nor in VW).
 */
function costTypeOf(given: GivenOptions, policy: Policy): CostType {
  const asked = askedCostType(given) ?? "mtr";
  if (costTypes(given, policy).includes(asked)) return asked;
  if (policyOf(policy).countsOnce && isExploring(given))
    throw new UsageError(`--${wayOf(given)} has --cb_type mtr only, not ${asked}.`);
  return "mtr";
}

/** What is told where VW takes another cost type than is asked for; null: it takes that. */
export function noteOfCostType(given: GivenOptions, policy: Policy): string | null {
  const asked = askedCostType(given);
  if (asked === undefined || costTypes(given, policy).includes(asked)) return null;
  return `--${wayOf(given)} does not go with --cb_type ${asked}: mtr is taken, as VW does.`;
}

const isExploring = (given: GivenOptions): boolean => EXPLORING.some((name) => given.has(name));

const askedCostType = (given: GivenOptions): CostType | undefined => given.oneOf("cb_type", COST_TYPES);

function costTypes(given: GivenOptions, policy: Policy): readonly CostType[] {
  if (!isExploring(given)) return COST_TYPES;
  if (policyOf(policy).countsOnce) return ["mtr"];
  return committeeOf(policy)?.by === "cover" ? ["ips", "dr", "mtr"] : COST_TYPES;
}
