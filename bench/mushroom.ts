import { fileURLToPath } from "node:url";
import { readCsv } from "../cli/files/csv.ts";
import { seededRandom } from "../conformance/random.ts";
import { adaptive, auto, defineModel, epsilonGreedy, field, rank, squareCb } from "../shared/contract/define.ts";
import type { LearnerSpec, ModelSpec } from "../shared/contract/spec.ts";
import type { Properties } from "../shared/contract/values.ts";
import { decideRank } from "../shared/decide/decide.ts";
import { loadModel } from "../shared/decide/loaded-model.ts";
import { withSnapshot } from "../shared/decide/with-snapshot.ts";
import type { Policy } from "../shared/policies/policy-of.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `node bench/mushroom.ts [SHUFFLES [ROWS]]`: eat a mushroom or leave it, over one pass of the UCI set (20 shuffles of all rows unless said
 * otherwise), decided and learned by the code that pages and edge run, with nothing set, with a snapshot after every example. Eating a poisonous one costs
 * 35 with probability 1/2 and else gains 5, eating an edible one gains 5, leaving it is 0. What a policy loses is its regret: the expected
 * reward of the best choice less that of the choice it made.
 */

const FILE = new URL("../../shared/data/mushroom/agaricus-lepiota.data.gz", import.meta.url);
const EAT = { id: "eat", features: { choice: "eat" } };
const LEAVE = { id: "leave", features: { choice: "leave" } };
/** Smaller than the default, so that a snapshot after every example is affordable: there are some 400 features. */
const BITS = 14;

type Mushroom = { poisonous: boolean; context: Properties };

async function readMushrooms(): Promise<Mushroom[]> {
  const mushrooms: Mushroom[] = [];
  for await (const { cells } of readCsv(fileURLToPath(FILE), "mushrooms")) {
    const [label, ...values] = cells;
    mushrooms.push({
      poisonous: label === "p",
      context: Object.fromEntries(values.map((value, i) => [`attribute${i + 1}`, value])),
    });
  }
  return mushrooms;
}

function modelOf(policy: Policy, learner: LearnerSpec): ModelSpec {
  const names = Array.from({ length: 22 }, (_, i) => `attribute${i + 1}`);
  return defineModel({
    name: "mushroom",
    task: rank(),
    features: {
      context: Object.fromEntries(names.map((name) => [name, field(name)])),
      action: { choice: field("choice") },
    },
    ...(learner.type === "auto" ? {} : { interactions: [["context", "action"]] }),
    reward: { wait: "1m", default: 0, aggregate: "first", range: [-35, 5] },
    policy,
    learner,
  });
}

/** @returns regret of the pass, and how much of it is from choices that were the less likely one. */
function onePass(spec: ModelSpec, mushrooms: readonly Mushroom[], seed: number) {
  const random = seededRandom(seed);
  const order = mushrooms.map((mushroom) => ({ mushroom, key: random() })).sort((a, b) => a.key - b.key);
  const learner = new ModelLearner(spec);
  let model = loadModel(spec, learner.snapshot(1, 0));
  let regret = 0;
  let explored = 0;
  for (const [n, { mushroom }] of order.entries()) {
    const { poisonous, context } = mushroom;
    const call = { unit: "forager", at: 0, sessionFeatures: {}, profileFeatures: {}, place: "edge" } as const;
    const decision = decideRank(model, { ...call, id: `${seed}.${n}`, context, actions: [EAT, LEAVE] }, null);
    const eats = decision.chosen === 0;
    const sick = random() < 0.5;
    learner.learn(decision, eats ? (poisonous && sick ? -35 : 5) : 0);
    model = withSnapshot(model, learner.snapshot(1, n + 1));
    const lost = poisonous ? (eats ? 15 : 0) : eats ? 0 : 5;
    regret += lost;
    if (decision.probabilities[decision.chosen]! < 0.5) explored += lost;
  }
  return { regret, explored };
}

const [shuffles, rows] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? Number.POSITIVE_INFINITY)];
const all = await readMushrooms();
const mushrooms = rows < all.length ? all.filter((_, i) => i % Math.ceil(all.length / rows) === 0) : all;
const LEARNERS: Record<string, LearnerSpec> = { auto: auto({ bits: BITS }), adaptive: adaptive({ bits: BITS }) };
const POLICIES: Record<string, Policy> = {
  "epsilon-greedy .1": epsilonGreedy({ epsilon: 0.1 }),
  SquareCB: squareCb(),
  // Vowpal Wabbit's, but for gaps in units of the range of rewards.
  "SquareCB, gamma 10, exponent .5": squareCb({ gamma: 10, exponent: 0.5 }),
};
const table: string[][] = [];
for (const [learnerName, learner] of Object.entries(LEARNERS)) {
  let reference = Number.NaN;
  for (const [policyName, policy] of Object.entries(POLICIES)) {
    const spec = modelOf(policy, learner);
    const regrets: number[] = [];
    let explored = 0;
    for (let seed = 1; seed <= shuffles; seed++) {
      const pass = onePass(spec, mushrooms, seed);
      regrets.push(pass.regret);
      explored += pass.explored / shuffles;
    }
    const mean = regrets.reduce((a, b) => a + b, 0) / shuffles;
    if (Number.isNaN(reference)) reference = mean;
    table.push([
      `${learnerName}, ${policyName}`,
      mean.toFixed(0),
      (mean / mushrooms.length).toFixed(4),
      explored.toFixed(0),
      `${Math.min(...regrets)} to ${Math.max(...regrets)}`,
      (mean / reference).toFixed(3),
    ]);
  }
}
console.log(machine());
console.log(
  markdownTable(
    ["learner, policy", "regret", "a mushroom", "of it exploration", "over the shuffles", "against epsilon-greedy"],
    table,
  ),
);
