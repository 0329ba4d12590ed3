import {
  adaptive,
  bucket,
  decayedMean,
  defineModel,
  field,
  lastDistinct,
  rank,
  squareCb,
  vector,
} from "../../shared/contract/define.ts";
import { tasteAxes } from "./films.ts";

const size = tasteAxes.length;

/**
 * Which film to show this visitor first. The graph turns the session's two vectors into two numbers a film, `similarity`
 * and `novelty` (graph.ts); the head learns what they, the genres just opened, the device and the time of day are worth.
 * The learning rate is low because a click is a noisy label: at the usual 0.5 the weights chase single clicks.
 */
export default defineModel({
  name: "home-hero",
  task: rank(),
  features: {
    session: {
      genres: lastDistinct("view.genre", 3),
      /** What the visitor opens over the visit, and what just now. */
      taste: decayedMean("view.content", { halfLife: "20m", size }),
      recent: decayedMean("view.content", { halfLife: "45s", size }),
    },
    context: { device: field("device"), daypart: field("daypart") },
    action: {
      item: field("item"),
      genre: field("genre"),
      decade: bucket("year", [1990, 2000, 2010, 2020]),
      content: vector("content", size),
    },
  },
  interactions: [
    ["context", "action"],
    ["session", "action"],
    ["session", "graph"],
    // The chance of a click is curved in similarity.
    ["graph", "graph"],
    ["graph", "graph", "graph"],
  ],
  reward: { wait: "30s", default: 0, aggregate: "first" },
  policy: squareCb({ gamma: 100, exponent: 0.5 }),
  learner: adaptive({ bits: 18, learningRate: 0.03 }),
  graph: "./generated/home-hero.onnx",
});
