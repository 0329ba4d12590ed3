import {
  adaptive,
  auto,
  bucket,
  defineModel,
  epsilonGreedy,
  field,
  predict,
  rank,
  squareCb,
} from "../shared/contract/define.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { decide } from "../shared/decide/decide.ts";
import { loadModel } from "../shared/decide/loaded-model.ts";
import { type Drift, DriftWatch } from "../shared/evaluation/drift/drift-watch.ts";
import { Contributions } from "../shared/versions/contributions.ts";
import { type LearnedExample, learnExample } from "../shared/versions/learn-example.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { seededRandom } from "./random.ts";

/** What a stream is at one of its examples; what is left out is as usual. */
export type World = {
  /** Of a click or label, before what context and action make of it. */
  rate: number;
  /** Of the contexts that have no device. */
  withoutDevice: number;
  /** What the device is mostly: "phone", or another. */
  device: string;
  /** Of the contexts with a field that nobody has sent before. */
  withPromo: number;
  /** What is a constant otherwise. */
  currency: number;
  /** How much the age of visitors is moved, in years. */
  older: number;
  /** What comes of a decision hangs on nothing any more. */
  isBlind: boolean;
};
const USUAL: World = {
  ...{ rate: 0.04, withoutDevice: 0, device: "phone", withPromo: 0, currency: 1, older: 0, isBlind: false },
};

/** A stream of decisions and what comes of them, learned by a version that decides by what it has learned. */
export type DriftStream = {
  name: string;
  spec: ModelSpec;
  /** Decisions of each session of a page; 0: they are of a caller without. */
  inSession: number;
  world: (i: number) => Partial<World>;
};

const features = {
  context: {
    device: field("device"),
    age: field("age"),
    hour: field("hour"),
    currency: field("currency"),
    promo: field("promo"),
    tags: field("tags"),
  },
};
const reward = { wait: "10m", default: 0, aggregate: "first" as const };

/** A model of clicks. */
export const predicts = (learner: ModelSpec["learner"] = auto({ bits: 14 })): ModelSpec =>
  defineModel({ name: "clicks", task: predict(), features, reward, learner });

/** A model that ranks three actions, of which context decides which is good. */
export const ranks = (policy: ModelSpec["policy"] = squareCb(), learner: ModelSpec["learner"] = auto({ bits: 14 })) =>
  defineModel({
    ...{ name: "news", task: rank(), reward, policy, learner },
    features: { ...features, action: { genre: field("genre"), price: bucket("price", [10, 20]) } },
    interactions: [["context", "action"]],
  });

/** Streams in which nothing changes: what is learned from them is no drift. */
export const stationary: readonly DriftStream[] = [
  ...[0.005, 0.04, 0.2, 0.5].map((rate) => ({
    name: `labels, rate ${rate}`,
    spec: predicts(),
    inSession: 0,
    world: () => ({ rate }),
  })),
  ...[2, 10].map((inSession) => ({
    name: `labels, ${inSession} in a session`,
    spec: predicts(),
    inSession,
    world: () => ({}),
  })),
  { name: "labels, adaptive", spec: predicts(adaptive({ bits: 14 })), inSession: 0, world: () => ({ rate: 0.1 }) },
  { name: "labels, half without a device", spec: predicts(), inSession: 0, world: () => ({ withoutDevice: 0.5 }) },
  { name: "labels, a promotion to some", spec: predicts(), inSession: 0, world: () => ({ withPromo: 0.02 }) },
  ...[0.01, 0.04, 0.2, 0.4].map((rate) => ({
    name: `ranking, rate ${rate}`,
    spec: ranks(),
    inSession: 0,
    world: () => ({ rate }),
  })),
  ...[2, 10].map((inSession) => ({
    name: `ranking, ${inSession} in a session`,
    spec: ranks(),
    inSession,
    world: () => ({}),
  })),
  {
    ...{ name: "ranking, epsilon-greedy", spec: ranks(epsilonGreedy({ epsilon: 0.05 })), inSession: 0 },
    world: () => ({ rate: 0.1 }),
  },
  {
    ...{ name: "ranking, adaptive", spec: ranks(squareCb(), adaptive({ bits: 14 })), inSession: 0 },
    world: () => ({ rate: 0.1 }),
  },
  {
    ...{ name: "ranking, epsilon-greedy, adaptive", inSession: 0, world: () => ({ rate: 0.3 }) },
    spec: ranks(epsilonGreedy({ epsilon: 0.2 }), adaptive({ bits: 14 })),
  },
];

/** Decisions by one snapshot. */
const PUBLISHED = 100;

/** Runs a stream: decides, draws what comes of it, learns, and tells of each example. */
export function runStream(
  stream: DriftStream,
  n: number,
  seed: number,
  heard: (learned: LearnedExample) => void,
): ModelLearner {
  const { spec, inSession, world } = stream;
  const random = seededRandom(seed);
  const learner = new ModelLearner(spec);
  const contributions = new Contributions({ session: null, unit: null, network: null, all: null });
  let model = loadModel(spec, learner.snapshot(1, 0));
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  // A visitor is the same in all of a session.
  let visitor = { age: 0, device: "", hour: 0 };
  for (let i = 0; i < n; i++) {
    const now = { ...USUAL, ...world(i) };
    if (inSession === 0 || i % inSession === 0)
      visitor = {
        age: Math.round(20 + 40 * random() + now.older),
        device: random() < 0.7 ? now.device : pick(["desktop", "tablet", "tv"]),
        hour: Math.floor(24 * random()),
      };
    const { age, hour, device } = visitor;
    const context = {
      ...{ age, hour, currency: now.currency, tags: [pick(["a", "b"]), pick(["c", "d", "e"])] },
      ...(random() >= now.withoutDevice && { device }),
      ...(random() < now.withPromo && { promo: "spring" }),
    };
    const actions = ["drama", "crime", "comedy"].map((genre, a) => ({
      id: genre,
      features: { genre, price: 8 * a + 8 },
    }));
    const at = 1000 * i;
    const id = inSession === 0 ? `call-${i}` : `${sessionId(Math.floor(i / inSession))}.${i % inSession}`;
    const call = { id, unit: `u${i}`, at, context, sessionFeatures: {}, profileFeatures: {}, place: "edge" as const };
    const decision = decide(model, { ...call, actions }, null);
    const liked = decision.task === "rank" ? decision.chosen === (age < 40 ? 0 : hour < 12 ? 1 : 2) : age < 40;
    const rate = Math.min(1, now.rate * (liked ? 2 : 0.5));
    const value = Number(random() < (now.isBlind ? 1.25 * now.rate : rate));
    learnExample(learner, contributions, { receivedAt: at, record: JSON.stringify(decision), value }, [], heard);
    if (i % PUBLISHED === 0) model = loadModel(spec, learner.snapshot(1, Math.floor(i / PUBLISHED) + 1));
  }
  return learner;
}

/** What a watch says of a stream, each with how many examples were before it. @throws Error when it did not hear of each. */
export function driftsOf(stream: DriftStream, n: number, seed = 1): (Drift & { after: number })[] {
  const watch = new DriftWatch(stream.spec);
  const found: (Drift & { after: number })[] = [];
  let after = 0;
  runStream(stream, n, seed, (learned) => {
    for (const drift of watch.update(learned)) found.push({ ...drift, after });
    after++;
  });
  if (after !== n) throw new Error(`of ${n} examples ${after} were learned`);
  return found;
}

/** As one that was issued to a page of a stranger's network in the first days of 1970: random bytes, network, day and signature. */
function sessionId(number: number): string {
  const letters = String(number).padStart(12, "0");
  return `${letters}AAACAAAA${letters}${"A".repeat(8)}`;
}
