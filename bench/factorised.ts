import { readFileSync } from "node:fs";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { CONSTANT, hashFeature, hashNamespace } from "../shared/features/hash.ts";
import { logistic } from "../shared/math/logistic.ts";
import { FactorisedLearner } from "../shared/online/factorised.ts";
import { logisticLoss, squaredLoss } from "../shared/online/loss.ts";
import { epsilonGreedy, squareCb } from "../shared/policies/policies.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `node bench/factorised.ts LOG`: the true cost of what policies do over one pass of a synthetic log, on the scores of the factorised
 * learner, each event decided before it is learned. The log and LOG.p.f32, the true click probabilities, are made with
 * `node ../shared/data/vw/generate_adf.mjs 100000 20 42 LOG`.
 */

const BITS = 18;
const MASK = 2 ** BITS - 1;

type Event = { x: FeatureBuffer[]; chosen: number; cost: number };

/** Features of `|A a0_3 price:.5`, after those of the shared line. */
function features(shared: string, action: string): FeatureBuffer {
  const x = new FeatureBuffer(32);
  x.push(CONSTANT & MASK, 1);
  const add = (text: string) => {
    const [namespace, ...words] = text.slice(text.indexOf("|") + 1).split(" ");
    const seed = hashNamespace(namespace!);
    for (const word of words) {
      const [name, value] = word.split(":");
      x.push(hashFeature(name!, seed) & MASK, value === undefined ? 1 : Number(value));
    }
  };
  add(shared);
  x.common = x.length;
  add(action);
  x.singles = x.length;
  return x;
}

function* events(log: string): Generator<Event> {
  for (const event of log.split("\n\n")) {
    if (event.trim() === "") continue;
    const [shared, ...actions] = event.trim().split("\n");
    const chosen = actions.findIndex((line) => line[0] !== "|");
    const cost = Number(actions[chosen]!.split(":")[1]);
    yield { x: actions.map((action) => features(shared!, action)), chosen, cost };
  }
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node bench/factorised.ts LOG");
const log = readFileSync(path, "latin1");
const bytes = readFileSync(`${path}.p.f32`);
const truth = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

const table: string[][] = [];
for (const [name, loss, rank] of [
  ["logistic", logisticLoss, 16],
  ["squared", squaredLoss, 16],
  ["logistic", logisticLoss, 8],
] as const) {
  const learner = new FactorisedLearner({ bits: BITS, loss, rank });
  const costs = { epsilon: 0, greedy: 0, square: 0 };
  let count = 0;
  let at = 0;
  let learning = 0;
  for (const { x, chosen, cost } of events(log)) {
    const started = performance.now();
    const scores = x.map((features) => learner.predict(features));
    learner.learn(x[chosen]!, -cost, 1);
    learning += performance.now() - started;
    const rewards = loss === logisticLoss ? scores.map(logistic) : scores;
    const policies = {
      epsilon: epsilonGreedy.distribution(epsilonGreedy({ epsilon: 0.05 }), { scores }, { examples: count }),
      greedy: epsilonGreedy.distribution(epsilonGreedy({ epsilon: 0 }), { scores }, { examples: count }),
      square: squareCb.distribution(squareCb({ gamma: 10, exponent: 0.5 }), { scores: rewards }, { examples: count }),
    };
    for (const policy of ["epsilon", "greedy", "square"] as const)
      policies[policy].forEach((p, a) => {
        costs[policy] -= p * truth[at + a]!;
      });
    at += x.length;
    count++;
  }
  const mean = (cost: number) => (cost / count).toFixed(4);
  table.push([
    `${name}, rank ${rank}`,
    mean(costs.epsilon),
    mean(costs.greedy),
    mean(costs.square),
    Math.round((1000 * count) / learning).toLocaleString("en"),
  ]);
}
console.log(machine());
console.log(markdownTable(["learner", "epsilon-greedy .05", "greedy", "SquareCB", "events/s"], table));
