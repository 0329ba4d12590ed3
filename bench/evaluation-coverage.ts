/**
 * Do the intervals of off-policy estimators hold at every sample size, how wide are they, and how far off are the estimates? On simulated logs whose
 * truth is known. Prints, for each log and estimator: in how many runs the interval held the truth at every one of the
 * sample sizes from 1 to n, and its width at n over that of the fixed-size interval mean +- 1.96 standard errors (which
 * holds at one size only, and, with few rewards, not even there: its own coverage at n is printed beside); and the mean squared error of the
 * estimate at n over that of IPS, and over that of DR.
 *
 * Then the same of whole lists (slot-evaluation.ts), and of categories of actions (MIPS).
 *
 *     node bench/evaluation-coverage.ts [runs = 200] [n = 10000]
 */
import { parseArgs } from "node:util";
import { seededRandom } from "../conformance/random.ts";
import { slotLog, slotTruth, slotWorlds } from "../conformance/slot-logs.ts";
import { ClippedIps } from "../shared/evaluation/off-policy/clipped-ips.ts";
import type { Estimator } from "../shared/evaluation/off-policy/estimator.ts";
import { Ips } from "../shared/evaluation/off-policy/ips.ts";
import { type LoggedChoice, type WeightedChoice, weigh } from "../shared/evaluation/off-policy/logged-choice.ts";
import { marginalised } from "../shared/evaluation/off-policy/marginalised.ts";
import { ShrunkDr } from "../shared/evaluation/off-policy/shrunk-dr.ts";
import { SlotEvaluation } from "../shared/evaluation/off-policy/slot-evaluation.ts";
import { Snips } from "../shared/evaluation/off-policy/snips.ts";
import { SwitchDr } from "../shared/evaluation/off-policy/switch-dr.ts";

const THRESHOLD = 10;
const HORIZON = 10_000;
const RUNS_MEASURED = 20;

type Random = () => number;

/** A way to make logs: contexts 0 and 1 with equal probability. */
interface Scenario {
  readonly name: string;
  /** Mean reward of each action in each context. */
  readonly means: readonly (readonly number[])[];
  readonly logging: (context: number, time: number, random: Random) => readonly number[];
  readonly target: (context: number) => readonly number[];
  /** A reward in [0, 1] with this mean; default 0 or 1. */
  readonly reward?: (mean: number, random: Random) => number;
  /** What the log says of its weights: all actions, a promised largest weight, or nothing. Default all actions. */
  readonly knows?: "actions" | "nothing" | { readonly maxWeight: number };
}

const uniform = (count: number) => Array.from({ length: count }, () => 1 / count);
const only = (count: number, action: number) => Array.from({ length: count }, (_, a) => (a === action ? 1 : 0));
const greedy = (count: number, action: number, epsilon: number) =>
  Array.from({ length: count }, (_, a) => epsilon / count + (a === action ? 1 - epsilon : 0));
const spread = (low: number, high: number, count = 10) => [
  Array.from({ length: count }, (_, a) => low + ((high - low) * a) / (count - 1)),
  Array.from({ length: count }, (_, a) => low + ((high - low) * ((a + 4) % count)) / (count - 1)),
];
const softmax = (scores: readonly number[], lambda: number) => {
  const masses = scores.map((score) => Math.exp(lambda * score));
  const sum = masses.reduce((total, mass) => total + mass, 0);
  return masses.map((mass) => mass / sum);
};
const best = (context: number) => (context === 0 ? 9 : 5);

const scenarios: Scenario[] = [
  { name: "on policy, rewards .5", means: spread(0.4, 0.6), logging: () => uniform(10), target: () => uniform(10) },
  {
    name: "on policy, rewards .01",
    means: spread(0.005, 0.015),
    logging: () => uniform(10),
    target: () => uniform(10),
  },
  {
    name: "on policy, rewards .001",
    means: spread(0.001, 0.001),
    logging: () => uniform(10),
    target: () => uniform(10),
  },
  {
    name: "on policy, rewards .99",
    means: spread(0.985, 0.995),
    logging: () => uniform(10),
    target: () => uniform(10),
  },
  {
    name: "uniform to best, rewards .05-.3",
    means: spread(0.05, 0.3),
    logging: () => uniform(10),
    target: (c) => only(10, best(c)),
  },
  {
    name: "uniform to best, rewards to .01",
    means: spread(0.001, 0.01),
    logging: () => uniform(10),
    target: (c) => only(10, best(c)),
  },
  {
    name: "greedy .5 to greedy .1",
    means: spread(0.02, 0.2),
    logging: (c) => greedy(10, 9 - c, 0.5),
    target: (c) => greedy(10, best(c), 0.1),
  },
  {
    name: "greedy .1 to another, weights to 100",
    means: spread(0.1, 0.5),
    logging: () => greedy(10, 0, 0.1),
    target: (c) => only(10, best(c)),
  },
  {
    name: "greedy .05 of 20 to softmax",
    means: spread(0.02, 0.2, 20),
    logging: (c) => greedy(20, 15 + c, 0.05),
    target: (c) => softmax(spread(0.02, 0.2, 20)[c]!, 20),
  },
  {
    name: "softmax to best, rewards to .5",
    means: spread(0.1, 0.5),
    logging: (c) => softmax(spread(0.1, 0.5)[1 - c]!, 4),
    target: (c) => only(10, best(c)),
  },
  {
    name: "real rewards, softmax to softmax",
    means: spread(0.1, 0.5),
    logging: (c) => softmax(spread(0.1, 0.5)[c]!, 2),
    target: (c) => softmax(spread(0.1, 0.5)[c]!, 8),
    reward: (mean, random) => (random() + random()) * mean,
  },
  {
    name: "real rewards, uniform to greedy .3",
    means: spread(0.1, 0.5),
    logging: () => uniform(10),
    target: (c) => greedy(10, best(c), 0.3),
    reward: (mean, random) => (random() + random()) * mean,
  },
  {
    name: "logging learns as it goes",
    means: spread(0.02, 0.2),
    logging: (c, time) => greedy(10, best(c), 1 - 0.7 * Math.min(1, time / 5000)),
    target: (c) => greedy(10, best(c), 0.05),
  },
  {
    name: "propensities random in every context",
    means: spread(0.02, 0.2),
    logging: (_, __, random) => {
      const masses = Array.from({ length: 10 }, () => 0.1 + random());
      const sum = masses.reduce((total, mass) => total + mass, 0);
      return masses.map((mass) => mass / sum);
    },
    target: (c) => greedy(10, best(c), 0.2),
  },
  {
    name: "uniform to best, weights promised",
    means: spread(0.05, 0.3),
    logging: () => uniform(10),
    target: (c) => only(10, best(c)),
    knows: { maxWeight: 10 },
  },
  {
    name: "uniform to best, weights unknown",
    means: spread(0.05, 0.3),
    logging: () => uniform(10),
    target: (c) => only(10, best(c)),
    knows: "nothing",
  },
];

function draw(probabilities: readonly number[], random: Random): number {
  let action = 0;
  for (let u = random() - probabilities[0]!; u >= 0 && action < probabilities.length - 1; )
    u -= probabilities[++action]!;
  return action;
}

function makeLog(scenario: Scenario, n: number, seed: number): WeightedChoice[] {
  const random = seededRandom(seed);
  const { knows = "actions", reward = (mean, random) => (random() < mean ? 1 : 0) } = scenario;
  const maxWeight = typeof knows === "object" ? knows.maxWeight : Number.POSITIVE_INFINITY;
  return Array.from({ length: n }, (_, time) => {
    const context = random() < 0.5 ? 0 : 1;
    const propensities = scenario.logging(context, time, random);
    const targets = scenario.target(context);
    const chosen = draw(propensities, random);
    const means = scenario.means[context]!;
    // A model that ignores the context, and is a fifth too high.
    const predictions = means.map((_, a) => (1.2 * (scenario.means[0]![a]! + scenario.means[1]![a]!)) / 2);
    const choice: LoggedChoice = {
      reward: reward(means[chosen]!, random),
      propensity: propensities[chosen]!,
      target: targets[chosen]!,
      actions: { chosen, targets, predictions, ...(knows === "actions" && { propensities }) },
    };
    return weigh(choice, { low: 0, high: 1 }, maxWeight);
  });
}

const truthOf = ({ means, target }: Scenario) =>
  [0, 1].reduce((sum, c) => sum + target(c).reduce((value, p, a) => value + p * means[c]![a]!, 0) / 2, 0);

/** The narrower one of the intervals that hold at a fixed size: clipped or not. */
function fixedSize(name: string, log: readonly WeightedChoice[]): { low: number; high: number } {
  const own = standard(name, log);
  const isDr = name === "switch-DR" || name === "DRos";
  const whole = name === "clipped IPS" ? standard("IPS", log) : isDr ? standard("DR", log) : own;
  return whole.high - whole.low < own.high - own.low ? whole : own;
}

/** mean +- 1.96 standard errors of what each estimator averages; between its lowest and highest where it is biased. */
function standard(name: string, log: readonly WeightedChoice[]): { low: number; high: number } {
  const bounds = log.map((choice) => averaged(name, choice));
  let [low, high] = [normal(bounds.map((b) => b.low)).low, normal(bounds.map((b) => b.high)).high];
  if (name === "SNIPS") {
    const weights = log.reduce((sum, { weight }) => sum + weight, 0);
    const value = log.reduce((sum, { weight, reward }) => sum + weight * reward, 0) / weights;
    const residual = normal(log.map(({ weight, reward }) => (log.length / weights) * weight * (reward - value)));
    [low, high] = [value + residual.low, value + residual.high];
  }
  return { low, high };
}

function averaged(name: string, { reward, weight, actions }: WeightedChoice): { low: number; high: number } {
  const threshold = name === "IPS" || name === "DR" ? Number.POSITIVE_INFINITY : THRESHOLD;
  let left = 0;
  let least = 0;
  if (name === "DR" || name === "switch-DR" || name === "DRos") {
    const { targets, weights, predictions, chosen } = actions!;
    for (let a = 0; a < targets.length; a++) {
      if ((weights?.[a] ?? 0) > threshold) left += targets[a]!;
      else least += targets[a]! * predictions![a]!;
    }
    if (weight <= threshold) least += weight * (reward - predictions![chosen]!);
  } else {
    least = Math.min(weight, threshold) * reward;
    const { targets, weights } = actions!;
    for (let a = 0; a < targets.length; a++) left += targets[a]! * Math.max(0, 1 - threshold / (weights?.[a] ?? 0));
  }
  return { low: least, high: least + left };
}

function normal(values: readonly number[]): { low: number; high: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const margin = (1.96 * Math.sqrt(squares / (n - 1))) / Math.sqrt(n);
  return { low: mean - margin, high: mean + margin };
}

const estimators: Record<string, () => Estimator> = {
  IPS: () => new Ips({ confidence: 0.95, horizon: HORIZON }),
  SNIPS: () => new Snips({ confidence: 0.95, horizon: HORIZON }),
  "clipped IPS": () => new ClippedIps({ confidence: 0.95, horizon: HORIZON, threshold: THRESHOLD }),
  DR: () => new SwitchDr({ confidence: 0.95, horizon: HORIZON, threshold: Number.POSITIVE_INFINITY }),
  "switch-DR": () => new SwitchDr({ confidence: 0.95, horizon: HORIZON, threshold: THRESHOLD }),
  DRos: () => lent(new SwitchDr({ confidence: 0.95, horizon: HORIZON, threshold: THRESHOLD })),
};

/** DRos, with what lends it the interval. */
function lent(lender: SwitchDr): Estimator {
  const dros = new ShrunkDr(lender);
  return {
    update: (choice) => {
      lender.update(choice);
      dros.update(choice);
    },
    get value() {
      return dros.value;
    },
    get interval() {
      return dros.interval;
    },
    missing: null,
  };
}

const { positionals } = parseArgs({ allowPositionals: true });
const [runs = 200, n = HORIZON] = positionals.map(Number);
console.log(`${runs} runs of ${n} decisions; widths from ${Math.min(runs, RUNS_MEASURED)} of them`);
console.log(
  ...["log".padEnd(38), "estimator".padEnd(12), "held always", "fixed-size held", "width ratio mean", "max "],
  ...["error^2 / IPS", "/ DR"],
);
for (const scenario of scenarios) {
  const truth = truthOf(scenario);
  const results = new Map<string, { held: number; fixedHeld: number; ratios: number[]; squares: number }>();
  for (let run = 0; run < runs; run++) {
    const log = makeLog(scenario, n, 1000 + run);
    for (const [name, create] of Object.entries(estimators)) {
      const estimator = create();
      for (const choice of log) estimator.update(choice);
      if (estimator.interval === null) continue;
      const result = results.get(name) ?? { held: 0, fixedHeld: 0, ratios: [], squares: 0 };
      results.set(name, result);
      result.squares += (estimator.value! - truth) ** 2;
      if (estimator.interval.firstWithout(truth) === null) result.held++;
      const fixed = fixedSize(name, log);
      if (fixed.low <= truth && truth <= fixed.high) result.fixedHeld++;
      if (run < RUNS_MEASURED) {
        result.ratios.push((estimator.interval.high - estimator.interval.low) / (fixed.high - fixed.low));
      }
    }
  }
  for (const [name, { held, fixedHeld, ratios, squares }] of results) {
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    console.log(
      scenario.name.padEnd(38),
      name.padEnd(12),
      `${((100 * held) / runs).toFixed(1)} %`.padStart(11),
      `${((100 * fixedHeld) / runs).toFixed(1)} %`.padStart(15),
      mean.toFixed(2).padStart(16),
      Math.max(...ratios).toFixed(2),
      (squares / results.get("IPS")!.squares).toFixed(3).padStart(13),
      (squares / results.get("DR")!.squares).toFixed(3),
    );
  }
}

console.log(
  `\nLists, ${runs} runs of ${n / 4}: held at the end, mean width over that of mean +- 1.96 standard errors of RIPS, mean squared error over RIPS`,
);
for (const world of slotWorlds) {
  const truth = slotTruth(world);
  const sums = new Map<string, { held: number; width: number; squares: number }>();
  let fixed = 0;
  for (let run = 0; run < runs; run++) {
    const log = slotLog(world, n / 4, 1000 + run);
    const evaluation = new SlotEvaluation({
      ...{ rewardRange: { low: 0, high: 1 }, mostSlots: world.slots, confidence: 0.95, horizon: n / 4 },
    });
    for (const list of log) evaluation.update(list);
    const products = log.map((list) => {
      let product = 1;
      return list.reduce((sum, { target, propensity, reward }) => {
        product *= target / propensity;
        return sum + product * reward;
      }, 0);
    });
    const { low, high } = normal(products);
    fixed += (high - low) / runs;
    for (const [name, { value, interval }] of Object.entries(evaluation.report().estimates)) {
      const sum = sums.get(name) ?? { held: 0, width: 0, squares: 0 };
      sums.set(name, sum);
      if (value === null || interval === null) continue;
      if (interval.low <= truth && truth <= interval.high) sum.held++;
      sum.width += (interval.high - interval.low) / runs;
      sum.squares += (value - truth) ** 2;
    }
  }
  for (const [name, { held, width, squares }] of sums)
    console.log(
      world.name.padEnd(38),
      name.padEnd(15),
      `${((100 * held) / runs).toFixed(1)} %`.padStart(8),
      (width / fixed).toFixed(2).padStart(6),
      (squares / sums.get("rips")!.squares).toFixed(3).padStart(7),
    );
}

console.log(
  `\nCategories, ${runs} runs of ${n / 4}: held at the end, width and mean squared error of MIPS over those of IPS`,
);
for (const actions of [100, 1000])
  for (const own of [0, 0.1]) {
    const categoryOf = (a: number) => a % 5;
    const masses = (mass: (a: number) => number) => {
      const all = Array.from({ length: actions }, (_, a) => mass(a));
      const sum = all.reduce((total, one) => total + one, 0);
      return all.map((one) => one / sum);
    };
    const propensities = masses((a) => 1 + (a % 7));
    const targets = masses((a) => (categoryOf(a) === 4 ? 1 : 0.05) * (a < actions / 2 ? 1 : 3));
    const mean = (a: number) => 0.05 + 0.05 * categoryOf(a) + (own * a) / actions;
    const truth = targets.reduce((sum, p, a) => sum + p * mean(a), 0);
    const of = { mips: { held: 0, width: 0, squares: 0 }, ips: { held: 0, width: 0, squares: 0 } };
    for (let run = 0; run < runs; run++) {
      const random = seededRandom(1000 + run);
      const both = {
        mips: new Ips({ confidence: 0.95, horizon: n / 4 }),
        ips: new Ips({ confidence: 0.95, horizon: n / 4 }),
      };
      const categories = targets.map((_, a) => categoryOf(a));
      for (let i = 0; i < n / 4; i++) {
        const chosen = draw(propensities, random);
        const choice: LoggedChoice = {
          reward: Number(random() < mean(chosen)),
          ...{ propensity: propensities[chosen]!, target: targets[chosen]! },
          actions: { chosen, propensities, targets },
        };
        both.ips.update(weigh(choice, { low: 0, high: 1 }, Number.POSITIVE_INFINITY));
        both.mips.update(weigh(marginalised(choice, categories)!, { low: 0, high: 1 }, Number.POSITIVE_INFINITY));
      }
      for (const name of ["mips", "ips"] as const) {
        const { interval, value } = both[name];
        if (interval.low <= truth && truth <= interval.high) of[name].held++;
        of[name].width += interval.high - interval.low;
        of[name].squares += (value! - truth) ** 2;
      }
    }
    const share = (held: number) => `${((100 * held) / runs).toFixed(1)} %`;
    console.log(
      `${actions} actions, ${own === 0 ? "all in the category" : "a tenth beside it"}`.padEnd(38),
      `MIPS ${share(of.mips.held)}, IPS ${share(of.ips.held)}`,
      (of.mips.width / of.ips.width).toFixed(2).padStart(6),
      (of.mips.squares / of.ips.squares).toFixed(3).padStart(7),
    );
  }
