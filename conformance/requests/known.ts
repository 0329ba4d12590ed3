import {
  adaptive,
  count,
  defineModel,
  field,
  lastSeenAgo,
  predict,
  rank,
  seen,
  text,
  timesSeen,
} from "../../shared/contract/define.ts";
import type { Known } from "./from-schema.ts";

/** The model that requests are about: small, and of no use to anybody else. */
export const FUZZED = defineModel({
  name: "fuzzed",
  task: rank(),
  features: {
    session: { views: count("view", { window: "session" }) },
    context: { device: field("device"), query: text("query") },
    action: {
      ...{ genre: field("genre"), title: text("title"), seen: seen("view.item", "id") },
      ...{ times: timesSeen("view.genre", "genre"), last: lastSeenAgo("view.item", "id") },
    },
  },
  interactions: [["context", "action"]],
  reward: { wait: "1s", default: 0, aggregate: "first" },
  learner: adaptive({ bits: 8 }),
});

/** The same of one prediction. */
export const FUZZED_PREDICT = defineModel({
  name: "fuzzed-predict",
  task: predict(),
  features: { context: { device: field("device"), message: text("message") } },
  reward: { wait: "1s", default: null, aggregate: "first" },
  learner: adaptive({ bits: 8 }),
});

/**
 * Values by the names of fields and parameters. Specs are a few and small ones, since each is a version with a trainer: what is changed about them is another matter.
 * Nothing that is made of these touches what is under another model's name, or units and ids of other beginnings.
 */
export const KNOWN: Known = {
  model: [FUZZED.name, FUZZED.name, FUZZED_PREDICT.name, "not-there"],
  name: [FUZZED.name],
  models: [[FUZZED.name], null],
  id: ["fuzz.1", "fuzz.2", "fuzz-3", "fuzz.4.1"],
  decision: ["fuzz.1", "fuzz-3"],
  unit: ["fuzz-unit", "fuzz-unit-2"],
  session: ["fuzz"],
  spec: [FUZZED, { ...FUZZED, reward: { ...FUZZED.reward, aggregate: "max" } }, { ...FUZZED, interactions: [] }],
  // Of no bytes, and of none that anybody has.
  sha256: ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "0".repeat(64)],
  at: [1, 1_790_000_000_000, 1_795_900_000_000],
  sentAt: [1_795_900_000_000],
  device: ["phone"],
  query: ["two words", "\u0323\u0301".repeat(5000), "\ufdfa".repeat(20_000), ["a list", "of texts"], 7],
  message: ["free money", "東京".repeat(5000)],
  events: [
    [],
    [{ type: "view", at: 1, properties: {} }],
    [{ type: "view", at: 1, properties: { item: "a", genre: "drama" } }],
  ],
  actions: [
    [
      { id: "a", features: { genre: "drama", title: "A title" } },
      { id: "b", features: { genre: "crime", title: "x ".repeat(20_000) } },
    ],
  ],
  kind: ["publishable", "secret"],
  origins: [["https://example.com"]],
};
