import type { Reduction } from "../../shared/contract/spec.ts";
import { policies } from "../../shared/policies/all-policies.ts";
import { committeeOf, type Policy, policyOf } from "../../shared/policies/policy-of.ts";
import { UsageError } from "../command.ts";
import type { Pair } from "./interactions.ts";

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
  bits: number;
  constant: boolean;
  quadratic: readonly Pair[];
  loss: "squared" | "logistic" | "hinge" | "quantile";
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

export type LearnerOptions = {
  type: "gradientDescent" | "ftrl" | "coin";
  adaptive: boolean;
  normalized: boolean;
  invariant: boolean;
  learningRate: number;
  powerT: number;
  /** Undefined: as the learner has it. */
  initialT: number | undefined;
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

/** The policies that VW has, by the options that ask for them. */
const EXPLORATIONS = policies.flatMap(({ type, vowpalWabbit }) => (vowpalWabbit ? [{ type, ...vowpalWabbit }] : []));
const named = (which: readonly (typeof EXPLORATIONS)[number][]): string[] =>
  which.flatMap(({ option }) => (option === null ? [] : [option]));
const EXPLORATION_OPTIONS = named(EXPLORATIONS);

/** Options and what they take, by VW's long names. */
const SWITCHES: readonly string[] = [
  ...["binary", "sgd", "adaptive", "normalized", "invariant", "ftrl", "coin", "noconstant"],
  ...["cb_explore_adf", "dsjson", "json", "chain_hash", "strict", "strict_parse"],
  ...named(EXPLORATIONS.filter(({ value }) => value === null)),
];
const VALUES: readonly string[] = [
  ...["data", "loss_function", "learning_rate", "l1", "l2", "power_t", "initial_t", "bit_precision", "quadratic"],
  ...["cb", "cb_explore", "cb_type", "epsilon"],
  ...named(EXPLORATIONS.filter(({ value }) => value !== null)),
  ...EXPLORATIONS.flatMap(({ others = [] }) => others),
];
const SHORT: Record<string, string> = { d: "data", l: "learning_rate", b: "bit_precision", q: "quadratic" };

const MAX_BITS = 30;
const COST_TYPES: readonly Reduction[] = ["ips", "dm", "dr", "mtr"];

/**
 * Reads a VW command line.
 * @throws UsageError naming an option that is not supported here, or has no such value.
 */
export function readOptions(args: readonly string[]): VwOptions {
  const given = collect(args);
  const exploration = readExploration(given);
  const bandit = readBandit(given, exploration);
  const format = given.has("dsjson") ? "dsjson" : given.has("json") ? "json" : "text";
  if (format === "dsjson" && bandit?.actions !== null)
    throw new UsageError("--dsjson needs --cb_explore_adf: it is a log of decisions among actions.");
  const [data = "-", ...more] = given.get("data") ?? [];
  if (more.length > 0) throw new UsageError(`There can be one file, not ${[data, ...more].join(", ")}.`);
  return {
    data,
    format,
    chainHash: given.has("chain_hash"),
    bits: whole(given, "bit_precision", 1, MAX_BITS) ?? 18,
    constant: !given.has("noconstant"),
    quadratic: (given.get("quadratic") ?? []).map(readPair),
    loss: oneOf(given, "loss_function", ["squared", "logistic", "hinge", "quantile"]) ?? "squared",
    strict: given.has("strict") || given.has("strict_parse"),
    binary: given.has("binary"),
    learner: readLearner(given),
    bandit,
    notes: notes(given, exploration.policy),
  };
}

type Given = Map<string, string[]>;

function collect(args: readonly string[]): Given {
  const given: Given = new Map();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const { name, value } = split(arg);
    const isSwitch = SWITCHES.includes(name);
    if (!isSwitch && !VALUES.includes(name))
      throw new UsageError(
        `${arg.replace(/=.*/s, "")} is not an option of VW that \`edgewise vw\` supports. It supports: ${supported()}.`,
      );
    if (isSwitch && value !== null) throw new UsageError(`--${name} takes no value.`);
    const taken = isSwitch ? "" : (value ?? args[++i]);
    if (taken === undefined) throw new UsageError(`--${name} needs a value.`);
    given.set(name, [...(given.get(name) ?? []), taken]);
  }
  return given;
}

/** `--name`, `--name=value`, `-n`, `-nvalue`; a word alone is the data. */
function split(arg: string): { name: string; value: string | null } {
  if (arg.startsWith("--")) {
    const at = arg.indexOf("=");
    return at < 0 ? { name: arg.slice(2), value: null } : { name: arg.slice(2, at), value: arg.slice(at + 1) };
  }
  if (!arg.startsWith("-") || arg === "-") return { name: "data", value: arg };
  return { name: SHORT[arg[1]!] ?? arg.slice(1), value: arg.length > 2 ? arg.slice(2) : null };
}

/** All options, short ones first. */
export function supported(): string {
  const short = Object.entries(SHORT).map(([letter, name]) => `-${letter} (--${name})`);
  const long = [...SWITCHES, ...VALUES]
    .filter((name) => !Object.values(SHORT).includes(name))
    .map((name) => `--${name}`);
  return [...short, ...long].join(", ");
}

function readLearner(given: Given): LearnerOptions {
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
    learningRate: number(given, "learning_rate") ?? (adaptive && normalized ? 0.5 : 10),
    powerT: number(given, "power_t") ?? 0.5,
    initialT: number(given, "initial_t"),
    l1: number(given, "l1") ?? 0,
    l2: number(given, "l2") ?? 0,
  };
}

function readBandit(given: Given, exploration: Exploration): BanditOptions | null {
  const kinds = ["cb", "cb_explore", "cb_explore_adf"].filter((name) => given.has(name));
  if (kinds.length > 1) throw new UsageError(`--${kinds.join(" and --")} are different problems: give one of them.`);
  const kind = kinds[0];
  if (kind === undefined) return null;
  return {
    costType: costTypeOf(given, exploration.policy),
    actions: kind === "cb_explore_adf" ? null : whole(given, kind, 1, 2 ** 16)!,
    exploration: kind === "cb" ? null : exploration,
  };
}

/**
 * That which is asked for, but mtr for covers, which do not have all (as in VW).
 * @throws UsageError for one that the exploration does not have (nor in VW).
 */
function costTypeOf(given: Given, policy: Policy): Reduction {
  const asked = askedCostType(given) ?? "mtr";
  if (costTypes(given, policy).includes(asked)) return asked;
  if (policyOf(policy).countsOnce && !given.has("cb"))
    throw new UsageError(`--${policyOf(policy).vowpalWabbit!.option} has --cb_type mtr only, not ${asked}.`);
  return "mtr";
}

const askedCostType = (given: Given): Reduction | undefined => oneOf(given, "cb_type", COST_TYPES);

function costTypes(given: Given, policy: Policy): readonly Reduction[] {
  if (given.has("cb")) return COST_TYPES;
  if (policyOf(policy).countsOnce) return ["mtr"];
  return committeeOf(policy)?.by === "cover" ? ["ips", "dr", "mtr"] : COST_TYPES;
}

/** Options that mean something only besides one of others. */
const BESIDES: readonly (readonly [options: readonly string[], others: readonly string[]])[] = [
  [["cb_type"], ["cb", "cb_explore", "cb_explore_adf"]],
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

function notes(given: Given, policy: Policy): string[] {
  const result: string[] = [];
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

function readExploration(given: Given): Exploration {
  const asked = EXPLORATIONS.filter(({ option }) => option !== null && given.has(option));
  if (asked.length > 1)
    throw new UsageError(`--${named(asked).join(" and --")} are different ways to explore: give one of them.`);
  const epsilon = number(given, "epsilon");
  if (epsilon !== undefined && epsilon > 1) throw new UsageError(`--epsilon must be from 0 to 1, not ${epsilon}.`);
  const numbers: Record<string, number | undefined> = { epsilon };
  for (const { option, value, others = [] } of EXPLORATIONS) {
    for (const other of others) numbers[other] = number(given, other, Number.NEGATIVE_INFINITY);
    if (option !== null && value !== null) numbers[option] = whole(given, option, ...value);
  }
  const { type, parameters } = asked[0] ?? EXPLORATIONS.find(({ option }) => option === null)!;
  const policy = { type, ...parameters(numbers) } as Policy;
  return { policy, floor: "epsilon" in policy ? 0 : (epsilon ?? 0) };
}

const last = (given: Given, name: string): string | undefined => given.get(name)?.at(-1);

/** A number, as 32 bits hold it. */
function number(given: Given, name: string, least = 0): number | undefined {
  const text = last(given, name);
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Math.fround(Number(text));
  if (!Number.isFinite(value) || value < least)
    throw new UsageError(`--${name} must be a number${least === 0 ? " from 0" : ""}, not ${JSON.stringify(text)}.`);
  return value;
}

function whole(given: Given, name: string, least: number, most: number): number | undefined {
  const value = last(given, name);
  if (value === undefined) return undefined;
  const n = Number(value);
  if (!/^\d+$/.test(value) || n < least || n > most)
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}.`);
  return n;
}

function oneOf<T extends string>(given: Given, name: string, values: readonly T[]): T | undefined {
  const text = last(given, name);
  if (text === undefined || (values as readonly string[]).includes(text)) return text as T | undefined;
  throw new UsageError(`--${name} must be one of ${values.join(", ")}, not ${JSON.stringify(text)}.`);
}

function readPair(text: string): Pair {
  const bytes = Buffer.from(text);
  if (bytes.length !== 2)
    throw new UsageError(`--quadratic takes the first letters of two namespaces, not ${JSON.stringify(text)}.`);
  return [bytes[0]!, bytes[1]!];
}
