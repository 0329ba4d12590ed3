import type { Reduction } from "../../shared/contract/spec.ts";
import { committeeOf, type Policy, policyOf } from "../../shared/policies/policy-of.ts";
import { UsageError } from "../command.ts";
import { type FeatureOptions, readFeatures, readHashing } from "./feature-options.ts";
import { GivenOptions } from "./given-options.ts";
import type { Hashing } from "./hashing.ts";
import { type LossOptions, readLoss } from "./losses.ts";
import { EXPLORATIONS, IDLE_SWITCHES, IDLE_VALUES, named, WRITTEN } from "./option-names.ts";

/** How actions are chosen. */
export type Exploration = {
  policy: Policy;
  /** Every action keeps a probability of at least so much / K: --epsilon of a policy that has none of its own. */
  floor: number;
};

/** What a VW command line asks for, with VW's defaults. */
export type VwOptions = {
  /** A file, or `-` for standard input. */
  data: string;
  format: "text" | "json" | "dsjson";
  chainHash: boolean;
  hashing: Hashing;
  bits: number;
  features: FeatureOptions;
  loss: LossOptions;
  /** The range of predictions; null: of the labels that were seen. */
  range: readonly [number, number] | null;
  passes: PassOptions;
  /** Nothing is learned. */
  testOnly: boolean;
  randomSeed: number;
  /** Whether the first line that cannot be read ends the reading: `--strict`, which VW calls `--strict_parse`. */
  strict: boolean;
  /** Report how often the sign of the prediction is wrong. */
  binary: boolean;
  learner: LearnerOptions;
  /** Null: a label is a number. */
  bandit: BanditOptions | null;
  /** What somebody who wrote this command line may not expect, a sentence each. */
  notes: readonly string[];
};

/** How often the file is read, and what of it is only predicted. */
export type PassOptions = {
  count: number;
  /** Every so many examples one is held out, or all after the first so many; null: none. */
  holdout: { period: number } | { after: number } | null;
  /** Ends after so many passes in a row without a lower loss of what is held out. */
  patience: number;
  /** What the learning rate is multiplied by after each. */
  decay: number;
};

export type LearnerOptions = {
  type: "gradientDescent" | "ftrl" | "coin";
  adaptive: boolean;
  normalized: boolean;
  invariant: boolean;
  learningRate: number;
  powerT: number;
  /** Undefined: as the learner has it. */
  initialT: number | undefined;
  /** Of FTRL and coin betting; undefined: as the learner has it. */
  alpha: number | undefined;
  beta: number | undefined;
  /** What weights begin with, and what that of the constant does. */
  initialWeight: number;
  initialConstant: number;
  l1: number;
  l2: number;
};

export type BanditOptions = {
  /** How costs of logged decisions become regression problems. */
  costType: Reduction;
  /** Null: lines of several make an event, one for each action. */
  actions: number | null;
  /** Null: the action of the least cost is always taken. */
  exploration: Exploration | null;
};

const EXPLORATION_OPTIONS = named(EXPLORATIONS);

const MAX_BITS = 30;
const COST_TYPES: readonly Reduction[] = ["ips", "dm", "dr", "mtr"];

/**
 * Reads a VW command line.
 * @throws UsageError naming an option that is not supported here, or has no such value.
 */
export function readOptions(args: readonly string[]): VwOptions {
  const given = new GivenOptions(args);
  const exploration = readExploration(given);
  const bandit = readBandit(given, exploration);
  const format = given.has("dsjson") ? "dsjson" : given.has("json") ? "json" : "text";
  if (format === "dsjson" && bandit?.actions !== null)
    throw new UsageError("--dsjson needs --cb_explore_adf or --cb_adf: it is a log of decisions among actions.");
  const [data = "-", ...more] = given.all("data");
  if (more.length > 0) throw new UsageError(`There can be one file, not ${[data, ...more].join(", ")}.`);
  return {
    data,
    format,
    chainHash: given.has("chain_hash"),
    hashing: readHashing(given),
    bits: given.whole("bit_precision", 1, MAX_BITS) ?? 18,
    features: readFeatures(given),
    loss: readLoss(given),
    range: readRange(given),
    passes: readPasses(given, data),
    testOnly: given.has("testonly"),
    randomSeed: given.whole("random_seed", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    strict: given.has("strict") || given.has("strict_parse"),
    binary: given.has("binary"),
    learner: readLearner(given),
    bandit,
    notes: notes(given, exploration.policy),
  };
}

/** Predictions are held to the one bound that is given, and to 0 (as in VW). */
function readRange(given: GivenOptions): [number, number] | null {
  const [least, most] = ["min_prediction", "max_prediction"].map((name) =>
    given.number(name, Number.NEGATIVE_INFINITY),
  );
  if (least === undefined && most === undefined) return null;
  const logarithmic = ["logistic", "poisson"].includes(given.text("loss_function") ?? "");
  return [least ?? (logarithmic ? -50 : 0), most ?? (logarithmic ? 50 : 0)];
}

const MOST_PASSES = 1e6;

function readPasses(given: GivenOptions, data: string): PassOptions {
  const count = given.whole("passes", 1, MOST_PASSES) ?? 1;
  const after = given.whole("holdout_after", 1, Number.MAX_SAFE_INTEGER);
  const period = given.whole("holdout_period", 1, Number.MAX_SAFE_INTEGER) ?? 10;
  if (count > 1 && data === "-") throw new UsageError("Several passes need a file (-d FILE): a pipe can be read once.");
  if (count > 1 && !["cache", "cache_file"].some((name) => given.has(name)))
    throw new UsageError("VW needs a cache for several passes: add -c, which changes nothing here.");
  const isHeldOut = (count > 1 || after !== undefined) && !given.has("holdout_off");
  return {
    count,
    holdout: !isHeldOut ? null : after !== undefined ? { after } : { period },
    patience: given.whole("early_terminate", 0, MOST_PASSES) ?? 3,
    decay: given.number("decay_learning_rate") ?? 1,
  };
}

function readLearner(given: GivenOptions): LearnerOptions {
  const named = ["sgd", "adaptive", "normalized", "invariant"].some((name) => given.has(name));
  const adaptive = !named || given.has("adaptive");
  const normalized = !named || given.has("normalized");
  if (given.has("ftrl") && given.has("coin"))
    throw new UsageError("--ftrl and --coin are two learners: give one of them.");
  return {
    type: given.has("ftrl") ? "ftrl" : given.has("coin") ? "coin" : "gradientDescent",
    adaptive,
    normalized,
    invariant: !named || given.has("invariant"),
    learningRate: given.number("learning_rate") ?? (adaptive && normalized ? 0.5 : 10),
    powerT: given.number("power_t") ?? 0.5,
    initialT: given.number("initial_t"),
    alpha: given.number("ftrl_alpha"),
    beta: given.number("ftrl_beta"),
    initialWeight: given.number("initial_weight", Number.NEGATIVE_INFINITY) ?? 0,
    initialConstant: given.number("constant", Number.NEGATIVE_INFINITY) ?? 0,
    l1: given.number("l1") ?? 0,
    l2: given.number("l2") ?? 0,
  };
}

function readBandit(given: GivenOptions, exploration: Exploration): BanditOptions | null {
  const kinds = ["cb", "cb_adf", "cb_explore", "cb_explore_adf"].filter(
    // Exploring among actions is made of the other.
    (name) => given.has(name) && !(name === "cb_adf" && given.has("cb_explore_adf")),
  );
  if (kinds.length > 1) throw new UsageError(`--${kinds.join(" and --")} are different problems: give one of them.`);
  const kind = kinds[0];
  if (kind === undefined) return null;
  return {
    costType: costTypeOf(given, exploration.policy),
    actions: kind.endsWith("_adf") ? null : given.whole(kind, 1, 2 ** 16)!,
    exploration: kind.startsWith("cb_explore") ? exploration : null,
  };
}

/**
 * That which is asked for, but mtr for covers, which do not have all (as in VW).
 * @throws UsageError for one that the exploration does not have (nor in VW).
 */
function costTypeOf(given: GivenOptions, policy: Policy): Reduction {
  const asked = askedCostType(given) ?? "mtr";
  if (costTypes(given, policy).includes(asked)) return asked;
  if (policyOf(policy).countsOnce && isExploring(given))
    throw new UsageError(`--${policyOf(policy).vowpalWabbit!.option} has --cb_type mtr only, not ${asked}.`);
  return "mtr";
}

const isExploring = (given: GivenOptions): boolean =>
  given.has("cb_explore_adf") || (!given.has("cb") && !given.has("cb_adf"));

const askedCostType = (given: GivenOptions): Reduction | undefined => given.oneOf("cb_type", COST_TYPES);

function costTypes(given: GivenOptions, policy: Policy): readonly Reduction[] {
  if (!isExploring(given)) return COST_TYPES;
  if (policyOf(policy).countsOnce) return ["mtr"];
  return committeeOf(policy)?.by === "cover" ? ["ips", "dr", "mtr"] : COST_TYPES;
}

/** Options that mean something only besides one of others. */
const BESIDES: readonly (readonly [options: readonly string[], others: readonly string[]])[] = [
  [["cb_type"], ["cb", "cb_adf", "cb_explore", "cb_explore_adf"]],
  [
    ["epsilon", ...EXPLORATION_OPTIONS],
    ["cb_explore", "cb_explore_adf"],
  ],
  ...EXPLORATIONS.flatMap(({ option, others = [] }) => (option === null ? [] : [[others, [option]] as const])),
];
/** Options that mean nothing besides one of others. */
const NOT_BESIDES: readonly (readonly [options: readonly string[], others: readonly string[]])[] = [
  [
    ["sgd", "adaptive", "normalized", "invariant", "learning_rate", "power_t", "initial_t"],
    ["ftrl", "coin"],
  ],
  [["l1", "l2"], ["coin"]],
];

function notes(given: GivenOptions, policy: Policy): string[] {
  const result: string[] = idle(given);
  for (const [options, others] of BESIDES)
    if (!others.some((name) => given.has(name)))
      for (const name of options)
        if (given.has(name)) result.push(`--${name} has no effect without --${others.join(" or --")}.`);
  for (const [options, others] of NOT_BESIDES)
    for (const other of others)
      if (given.has(other))
        for (const name of options) if (given.has(name)) result.push(`--${name} has no effect with --${other}.`);
  const asked = askedCostType(given);
  if (asked !== undefined && !costTypes(given, policy).includes(asked))
    result.push(
      `--${policyOf(policy).vowpalWabbit!.option} does not go with --cb_type ${asked}: mtr is taken, as VW does.`,
    );
  return result;
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

function readExploration(given: GivenOptions): Exploration {
  const asked = EXPLORATIONS.filter(({ option }) => option !== null && given.has(option));
  if (asked.length > 1)
    throw new UsageError(`--${named(asked).join(" and --")} are different ways to explore: give one of them.`);
  const epsilon = given.number("epsilon");
  if (epsilon !== undefined && epsilon > 1) throw new UsageError(`--epsilon must be from 0 to 1, not ${epsilon}.`);
  const numbers: Record<string, number | undefined> = { epsilon };
  for (const { option, value, others = [] } of EXPLORATIONS) {
    for (const other of others) numbers[other] = given.number(other, Number.NEGATIVE_INFINITY);
    if (option !== null && value !== null) numbers[option] = given.whole(option, ...value);
  }
  const { type, parameters } = asked[0] ?? EXPLORATIONS.find(({ option }) => option === null)!;
  const policy = { type, ...parameters(numbers) } as Policy;
  return { policy, floor: "epsilon" in policy ? 0 : (epsilon ?? 0) };
}
