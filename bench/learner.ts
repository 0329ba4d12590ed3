import { filmActions, filmById } from "../models/home-hero/films.ts";
import homeHero from "../models/home-hero/spec.ts";
import { Visitor } from "../models/home-hero/visitors.ts";
import purchaseIntent from "../models/purchase-intent/spec.ts";
import type { DecisionRecord } from "../shared/contract/record.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { decidePredict, decideRank, type PredictCall, type RankCall } from "../shared/decide/decide.ts";
import { loadModel } from "../shared/decide/loaded-model.ts";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { Featurizer } from "../shared/features/featurizer.ts";
import { SessionState } from "../shared/features/session.ts";
import { makeLearner } from "../shared/online/learners.ts";
import { logisticLoss, squaredLoss } from "../shared/online/loss.ts";
import { draw } from "../shared/policies/sample.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { interleaved, type Timed } from "./interleaved.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/** `npm run bench:learner`: examples a second, from the record and from ready features, against a plain loop. */

const EXAMPLES = 2000;

/** Coin flips, as many as a prime, so that an example gets another label each time it comes round. */
const LABELS = Uint8Array.from({ length: 10_007 }, (_, n) => Number(draw(`label ${n}`) < 0.3));

/**
 * Calls `once` with each item in turn and a label that has nothing to do with it: were labels fixed, the learner would know the
 * few examples by heart after some rounds, and skip updates that a stream needs.
 */
function over<T>(items: readonly T[], once: (item: T, label: number) => void): Timed {
  let next = 0;
  let label = 0;
  return async (n) => {
    const started = performance.now();
    for (let i = 0; i < n; i++) {
      once(items[next]!, LABELS[label]!);
      next = next + 1 === items.length ? 0 : next + 1;
      label = label + 1 === LABELS.length ? 0 : label + 1;
    }
    return performance.now() - started;
  };
}

/**
 * The least that learning online can be: predict with a dot product, correct each weight by plain AdaGrad (Duchi, Hazan & Singer 2011).
 * No normalisation, no importance, no snapshots.
 */
function plainLoop(bits: number, link: (score: number) => number): (x: FeatureBuffer, label: number) => void {
  const weights = new Float32Array(2 ** bits);
  const squares = new Float32Array(2 ** bits);
  return (x, label) => {
    let score = 0;
    for (let i = 0; i < x.length; i++) score += weights[x.indices[i]!]! * x.values[i]!;
    const residual = link(score) - label;
    for (let i = 0; i < x.length; i++) {
      const gradient = residual * x.values[i]!;
      const index = x.indices[i]!;
      squares[index]! += gradient * gradient;
      if (gradient !== 0) weights[index]! -= (0.05 * gradient) / Math.sqrt(squares[index]!);
    }
  };
}

async function measure(spec: ModelSpec, records: readonly DecisionRecord[]): Promise<string[][]> {
  const featurizer = new Featurizer(spec);
  const ready = records.map((record) => {
    const x = new FeatureBuffer();
    const rank = record.task === "rank";
    featurizer.hash({ ...record, actions: rank ? record.actions : [] }).expand(rank ? record.chosen : 0, x);
    return x;
  });
  const model = new ModelLearner(spec);
  const learner = makeLearner(spec.learner, spec.task.type === "rank" ? squaredLoss : logisticLoss);
  const own = `its learner (${spec.learner.type}), ready features`;
  const plain = plainLoop(
    spec.learner.bits,
    spec.task.type === "rank" ? (score) => score : (score) => 1 / (1 + Math.exp(-score)),
  );
  const cases = {
    "ModelLearner, from the record": over(records, (record, label) => model.learn(record, label)),
    [own]: over(ready, (x, label) => learner.learn(x, label, 1)),
    "plain AdaGrad loop, ready features": over(ready, plain),
  };
  // Enough for V8 to compile what it runs: a batch of some cold examples would measure its interpreter.
  const times = await interleaved(cases, { first: 4 * EXAMPLES, batchMs: 100 });
  const features = ready.reduce((sum, x) => sum + x.length, 0) / ready.length;
  const reference = times["plain AdaGrad loop, ready features"]!;
  return Object.entries(times).map(([name, microseconds]) => [
    `${spec.name} (${features.toFixed(0)} features): ${name}`,
    Math.round(1e6 / microseconds).toLocaleString("en"),
    (reference / microseconds).toFixed(2),
  ]);
}

function homeHeroRecords(): DecisionRecord[] {
  const model = loadModel(homeHero, new ModelLearner(homeHero).snapshot(1, 0));
  const records: DecisionRecord[] = [];
  for (let seed = 0; records.length < EXAMPLES; seed++) {
    const visitor = new Visitor(seed);
    for (let n = 0; visitor.next() && records.length < EXAMPLES; n++) {
      const session = new SessionState(homeHero.features.session);
      for (const event of visitor.events) session.add(event);
      const call: RankCall = {
        id: `${visitor.session}.${n}`,
        unit: visitor.unit,
        at: visitor.now,
        context: visitor.context,
        sessionFeatures: session.values(visitor.now),
        profileFeatures: {},
        actions: filmActions(),
        place: "edge",
      };
      // As if the graph had run, so that its interactions are learned too.
      const graph = { similarity: call.actions.map((_, i) => (i % 10) / 10), novelty: call.actions.map(() => 0.5) };
      const record = decideRank(model, call, null);
      records.push({ ...record, graph });
      visitor.clicks(filmById(record.actions[record.chosen]!.id));
    }
  }
  return records;
}

function purchaseIntentRecords(): DecisionRecord[] {
  const model = loadModel(purchaseIntent, new ModelLearner(purchaseIntent).snapshot(1, 0));
  return Array.from({ length: EXAMPLES }, (_, n) => {
    const number = (salt: number, most: number) => ((n * 2654435761 + salt * 40503) % 1009) * (most / 1009);
    const call: PredictCall = {
      id: `bench.${n}`,
      unit: `u${n}`,
      at: n,
      context: {
        Administrative: Math.floor(number(1, 10)),
        Administrative_Duration: number(2, 800),
        Informational: Math.floor(number(3, 4)),
        Informational_Duration: number(4, 300),
        ProductRelated: Math.floor(number(5, 90)),
        ProductRelated_Duration: number(6, 4000),
        BounceRates: number(7, 0.2),
        ExitRates: number(8, 0.2),
        PageValues: number(9, 60),
        SpecialDay: 0,
        Month: `m${n % 10}`,
        OperatingSystems: String(n % 4),
        Browser: String(n % 6),
        Region: String(n % 9),
        TrafficType: String(n % 12),
        VisitorType: n % 7 === 0 ? "New_Visitor" : "Returning_Visitor",
        Weekend: n % 4 === 0 ? "TRUE" : "FALSE",
      },
      sessionFeatures: {},
      profileFeatures: {},
      place: "edge",
    };
    return decidePredict(model, call, null);
  });
}

const rows = [
  ...(await measure(homeHero, homeHeroRecords())),
  ...(await measure(purchaseIntent, purchaseIntentRecords())),
];
console.log(`\n${machine()}\n`);
console.log(markdownTable(["", "examples a second", "against the plain loop"], rows));
