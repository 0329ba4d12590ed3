import { parseArgs } from "node:util";
import { seededRandom } from "../conformance/random.ts";
import { defineModel, field, rank } from "../shared/contract/define.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { decideRank } from "../shared/decide/decide.ts";
import { decideSlotsSync } from "../shared/decide/decide-slots.ts";
import { loadModel } from "../shared/decide/loaded-model.ts";
import { withSnapshot } from "../shared/decide/with-snapshot.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `node bench/click-model.ts [--seeds N] [--lists N] [--old]`: a world in which clicks fall with the place, whatever stands there. Visitors of two kinds are shown lists of five of twenty articles, look at a place with a
 * probability that falls by half from one to the next, and click what they look at with that of the article, which depends on its topic and on who they are. A model fills the lists and learns every slot.
 *
 * What is measured at the end: how far the order that is learned is the true one (Kendall's tau, by kind of visitor), and what the best five would be clicked, of what the true best five are.
 *
 * With `--old` all lists are another's, who always shows the same articles in the same order, but for one choice in five, which is random: what a new version learns of such a log. What stood high is not to be taken for
 * good.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "8" },
    lists: { type: "string", default: "4000" },
    old: { type: "boolean", default: false },
  },
});

const ARTICLES = 20;
const LOOKS = [1, 0.5, 0.25, 0.125, 0.0625];
const places = LOOKS.map((_, i) => ({ place: i + 1 }));
/** A snapshot is published with so many lists. */
const BETWEEN = 20;

type World = { worth: (kind: number, article: number) => number };

function world(random: () => number): World {
  const worth = [0, 1].map(() => Array.from({ length: ARTICLES }, () => 0.05 + 0.5 * random() ** 2));
  return { worth: (kind, article) => worth[kind]![article]! };
}

const actions = Array.from({ length: ARTICLES }, (_, i) => ({ id: `a${i}`, features: { article: `a${i}` } }));

function specOf(parts: { place?: boolean; looks?: Record<string, number> }): ModelSpec {
  return defineModel({
    name: "list",
    task: rank(),
    features: {
      context: { visitor: field("visitor"), ...(parts.place && { place: field("place") }) },
      action: { article: field("article") },
    },
    reward: {
      ...{ wait: "1m", default: 0, aggregate: "first" },
      ...(parts.looks && { examination: { path: "place", probabilities: parts.looks } }),
    },
    keep: { context: ["place"] },
  });
}

const asIs = (looks: readonly number[]): Record<string, number> =>
  Object.fromEntries(looks.map((look, i) => [String(i + 1), look]));

/** One run. @returns tau, and the share of the best list. */
function run(spec: ModelSpec, seed: number, lists: number, old: boolean) {
  const random = seededRandom(seed);
  const { worth } = world(random);
  const learner = new ModelLearner(spec);
  let model = loadModel(spec, learner.snapshot(1, 0));
  const nothing = { unit: "u", at: 0, sessionFeatures: {}, profileFeatures: {}, place: "edge" } as const;
  for (let n = 0; n < lists; n++) {
    const kind = Number(random() < 0.5);
    const call = { ...nothing, id: `s.${n}`, context: { visitor: `k${kind}` }, actions };
    const decisions = old ? former(call, random) : decideSlotsSync(model, call, places);
    decisions.forEach((decision, slot) => {
      const article = Number(decision.actions[decision.chosen]!.id.slice(1));
      const clicked = Number(random() < LOOKS[slot]! && random() < worth(kind, article));
      learner.learn(decision, clicked);
    });
    if (n % BETWEEN === 0) model = withSnapshot(model, learner.snapshot(1, n + 1));
  }
  model = withSnapshot(model, learner.snapshot(1, lists + 1));
  let tau = 0;
  let share = 0;
  for (const kind of [0, 1]) {
    const context = { visitor: `k${kind}`, place: 1 };
    const { scores } = decideRank(model, { ...nothing, id: "q", context, actions }, null);
    const truth = actions.map((_, article) => worth(kind, article));
    tau += kendall(scores, truth) / 2;
    share += listWorth(scores, truth) / listWorth(truth, truth) / 2;
  }
  return { tau, share };

  /** Of who shows the articles in the order of their numbers, but for one choice in five. */
  function former(call: Parameters<typeof decideRank>[1], random: () => number) {
    const decisions = decideSlotsSync(model, call, places);
    let left = actions;
    return decisions.map((decision, slot) => {
      const probabilities = left.map((_, i) => 0.2 / left.length + (i === 0 ? 0.8 : 0));
      const chosen = random() < 0.8 ? 0 : Math.floor(random() * left.length);
      const record = { ...decision, actions: left, chosen, probabilities, scores: left.map(() => 0) };
      left = left.filter((_, i) => i !== chosen);
      return { ...record, context: { ...call.context, ...places[slot] } };
    });
  }
}

function kendall(a: readonly number[], b: readonly number[]): number {
  let agreed = 0;
  let pairs = 0;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < i; j++) {
      pairs++;
      agreed += Math.sign(a[i]! - a[j]!) * Math.sign(b[i]! - b[j]!);
    }
  return agreed / pairs;
}

/** What the best by some scores would be clicked, in their order. */
function listWorth(scores: readonly number[], truth: readonly number[]): number {
  const order = scores.map((_, i) => i).sort((i, j) => scores[j]! - scores[i]!);
  return LOOKS.reduce((sum, look, slot) => sum + look * truth[order[slot]!]!, 0);
}

const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => 101 + i);
const lists = Number(values.lists);
const rows: [name: string, spec: ModelSpec][] = [
  ["each slot alone", specOf({})],
  ["place is a feature", specOf({ place: true })],
  ["examination, as it is", specOf({ looks: asIs(LOOKS) })],
  ["examination, half as steep", specOf({ looks: asIs(LOOKS.map((look) => Math.sqrt(look))) })],
];

const table = rows.map(([name, spec]) => {
  const runs = seeds.map((seed) => run(spec, seed, lists, values.old));
  const mean = (of: (one: (typeof runs)[number]) => number) =>
    runs.reduce((sum, one) => sum + of(one), 0) / runs.length;
  const error = Math.sqrt(mean(({ tau }) => tau ** 2) - mean(({ tau }) => tau) ** 2) / Math.sqrt(runs.length - 1);
  return [name, mean(({ tau }) => tau).toFixed(3), error.toFixed(3), mean(({ share }) => share).toFixed(3)];
});
console.log(`${machine()}, ${lists} lists${values.old ? ", another's" : ""}, seeds ${seeds[0]} to ${seeds.at(-1)}`);
console.log(markdownTable(["", "Kendall's tau", "standard error", "of the best list"], table));
