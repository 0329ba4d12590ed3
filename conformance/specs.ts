import type { ModelSpec } from "../shared/contract/spec.ts";

/**
 * Models of the fixture: every task, policy and kind of feature. Written out in full, because defineModel would load the
 * schemas, which pages do without.
 */

const reward = { wait: "10m", default: 0, aggregate: "first" } as const;
const none = { session: {}, context: {}, profile: {}, action: {} };

const shelf: ModelSpec = {
  name: "shelf",
  task: { type: "rank" },
  features: {
    session: {
      views: { op: "count", event: "view", window: "session" },
      pace: { op: "rate", event: "view", window: "5m" },
      genres: { op: "lastDistinct", path: "view.genre", n: 3 },
      idle: { op: "timeSince", event: "click" },
      longest: { op: "max", path: "view.seconds", window: "session" },
      meanSeconds: { op: "mean", path: "view.seconds", window: "30m" },
      clickRatio: { op: "ratio", numerator: "click", denominator: "view", window: "session" },
    },
    context: {
      device: { op: "field", path: "device" },
      hour: { op: "hourOfDay", offsetMinutes: 90 },
      country: { op: "field", path: "geo.country" },
    },
    profile: { tenure: { op: "stored", path: "tenure_days", ttl: "24h", default: 0 } },
    action: {
      genre: { op: "field", path: "genre" },
      decade: { op: "bucket", path: "year", edges: [1980, 1990, 2000, 2010] },
      price: { op: "log1p", path: "price" },
      votes: { op: "logBucket", path: "votes", perOctave: 2 },
      fresh: { op: "field", path: "fresh" },
    },
  },
  interactions: [
    ["session", "action"],
    ["context", "action"],
    ["action", "action"],
    ["session", "context", "action"],
  ],
  reward,
  policy: { type: "squareCb", gamma: 10, exponent: 0.5 },
  learner: { type: "adaptive", bits: 16, learningRate: 0.5 },
};

const hero: ModelSpec = {
  name: "hero",
  task: { type: "rank" },
  features: {
    ...none,
    session: { taste: { op: "decayedMean", path: "view.content", halfLife: "3m", size: 3 } },
    context: { device: { op: "field", path: "device" } },
    action: { genre: { op: "field", path: "genre" }, content: { op: "vector", path: "content", size: 3 } },
  },
  interactions: [
    ["context", "graph"],
    ["graph", "graph", "graph"],
  ],
  reward,
  policy: { type: "epsilonGreedy", epsilon: 0.1 },
  learner: { type: "adaptive", bits: 12, learningRate: 0.5 },
  graph: "./hero.onnx",
};

const search: ModelSpec = {
  name: "search",
  task: { type: "rank" },
  features: {
    ...none,
    context: { words: { op: "field", path: "words" }, weight: { op: "field", path: "weight" } },
    action: { title: { op: "field", path: "genre" }, price: { op: "field", path: "price" } },
  },
  interactions: [["context", "action"]],
  reward,
  policy: { type: "squareCb", gamma: 30, exponent: 0.3 },
  learner: { type: "adaptive", bits: 14, learningRate: 1.5 },
};

const intent: ModelSpec = {
  name: "intent",
  task: { type: "predict", label: "binary" },
  features: {
    ...none,
    session: { views: { op: "count", event: "view", window: "session" }, last: { op: "last", path: "view.genre" } },
    context: {
      device: { op: "field", path: "device" },
      weight: { op: "logBucket", path: "weight", perOctave: 1 },
      words: { op: "field", path: "words" },
      returning: { op: "field", path: "returning" },
    },
  },
  interactions: [
    ["context", "context"],
    ["session", "context"],
  ],
  reward: { ...reward, default: null },
  policy: { type: "epsilonGreedy", epsilon: 0 },
  learner: { type: "adaptive", bits: 14, learningRate: 0.5 },
};

const basket: ModelSpec = {
  name: "basket",
  task: { type: "predict", label: "value" },
  features: {
    ...none,
    session: { spent: { op: "sum", path: "view.seconds", window: "session" } },
    context: { device: { op: "field", path: "device" }, weight: { op: "log1p", path: "weight" } },
  },
  interactions: [["session", "context"]],
  reward: { ...reward, default: null, aggregate: "sum" },
  policy: { type: "epsilonGreedy", epsilon: 0 },
  learner: { type: "adaptive", bits: 10, learningRate: 0.5 },
};

/** The same features, with the policies that need more than scores, and the other reductions. */
const shop = (name: string, rest: Pick<ModelSpec, "policy" | "learner"> & Partial<ModelSpec>): ModelSpec => ({
  ...search,
  name,
  features: { ...none, context: { device: { op: "field", path: "device" } }, action: search.features.action },
  ...rest,
});
const small = { type: "adaptive", bits: 10, learningRate: 0.5 } as const;
const bags = shop("bags", { policy: { type: "bagging", bags: 4, epsilon: 0.1 }, learner: small });
const covers = shop("covers", {
  policy: { type: "cover", policies: 3, psi: 0.5, epsilon: null },
  learner: small,
  reduction: "ips",
});
const sampled = shop("sampled", {
  policy: { type: "thompson", epsilon: 0.05 },
  learner: { type: "bayesian", bits: 10, variance: 0.2, forgetting: 0.01 },
});
const robust = shop("robust", { policy: { type: "softmax", lambda: 4 }, learner: small, reduction: "dr" });
const direct = shop("direct", { policy: { type: "tauFirst", tau: 10, epsilon: 0.2 }, learner: small, reduction: "dm" });

/** The default learner, with its treatment of numbers: small and large, negative, whole and broken ones, of every namespace. */
const market: ModelSpec = {
  ...shelf,
  name: "market",
  features: {
    session: {
      views: { op: "count", event: "view", window: "session" },
      longest: { op: "max", path: "view.seconds", window: "session" },
      idle: { op: "timeSince", event: "click" },
    },
    context: { device: { op: "field", path: "device" }, weight: { op: "field", path: "weight" } },
    profile: { tenure: { op: "stored", path: "tenure_days", ttl: "24h", default: 0 } },
    action: {
      genre: { op: "field", path: "genre" },
      year: { op: "field", path: "year" },
      price: { op: "field", path: "price" },
      votes: { op: "field", path: "votes" },
    },
  },
  interactions: [
    ["session", "action"],
    ["context", "action"],
    ["profile", "action"],
    ["action", "action"],
  ],
  learner: { type: "auto", bits: 14 },
};
const visit: ModelSpec = {
  ...intent,
  name: "visit",
  features: {
    ...none,
    session: market.features.session,
    context: {
      ...market.features.context,
      returning: { op: "field", path: "returning" },
      treated: { op: "log1p", path: "weight" },
    },
  },
  interactions: [
    ["session", "session"],
    ["session", "context"],
    ["context", "context"],
  ],
  learner: { type: "auto", bits: 14 },
};

export const specs: readonly ModelSpec[] = [
  ...[shelf, hero, search, intent, basket],
  ...[bags, covers, sampled, robust, direct],
  ...[market, visit],
];
