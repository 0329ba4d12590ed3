import { UsageError } from "../command.ts";
import { type BanditOptions, readBandit } from "./bandit-options.ts";
import { type ClassOptions, readClasses, readClassWeights } from "./class-options.ts";
import { readExploration } from "./exploration-options.ts";
import { type FeatureOptions, readFeatures, readHashing } from "./feature-options.ts";
import { GivenOptions } from "./given-options.ts";
import type { Hashing } from "./hashing.ts";
import { type LossOptions, readLoss } from "./losses.ts";
import { notesOf } from "./option-notes.ts";

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
  /** What examples of a class count (`--classweight`); a class that is not here counts once. */
  classWeights: ReadonlyMap<number, number>;
  /** What there is one of several classes of. Null with `bandit` null: a label is a number. */
  classes: ClassOptions | null;
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

const MAX_BITS = 30;

/**
 * Reads a VW command line.
 * @throws UsageError naming an option that is not supported here, or has no such value.
 */
export function readOptions(args: readonly string[]): VwOptions {
  const given = new GivenOptions(args);
  const exploration = readExploration(given);
  const bandit = readBandit(given, exploration);
  const classes = readClasses(given, bandit);
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
    classWeights: readClassWeights(given, bandit),
    classes,
    bandit,
    notes: notesOf(given, exploration.policy),
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
