import { parseArgs } from "node:util";
import { seededRandom } from "../conformance/random.ts";
import {
  defineModel,
  epsilonGreedy,
  field,
  lastDistinct,
  lastSeenAgo,
  rank,
  seen,
  timesSeen,
} from "../shared/contract/define.ts";
import type { RankDecision, SessionEvent } from "../shared/contract/record.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { decideRank } from "../shared/decide/decide.ts";
import { loadModel } from "../shared/decide/loaded-model.ts";
import { withSnapshot } from "../shared/decide/with-snapshot.ts";
import { withSession } from "../shared/evaluation/with-session.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `node bench/hotels.ts [--sessions N] [--seeds N]`: what the session did with an action, on a made-up log like those of a search for hotels (it is no real one). A visitor is shown 25 hotels of 400, after looking at some of them and at others; mostly he then
 * takes what he looked at last, or one that he looked at before, more likely often than seldom, else by price, stars and place in the list.
 *
 * Each list is ordered before it is learned: by the place in which it came, by what was looked at last, and by the score of models that learn all 25 of each list, with what was taken as 1. MRR of the second half.
 */
const { values } = parseArgs({
  options: { sessions: { type: "string", default: "2000" }, seeds: { type: "string", default: "3" } },
});

const HOTELS = 400;
const SHOWN = 25;

type Hotel = { id: string; features: { price: number; stars: number; district: string } };
type Visit = { events: SessionEvent[]; at: number; shown: Hotel[]; taken: number };

function* visits(seed: number, count: number): Generator<Visit> {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const hotels = Array.from({ length: HOTELS }, (_, i): Hotel => {
    const stars = 1 + below(5);
    return {
      id: `h${i}`,
      features: { price: Math.round(30 + 40 * stars * (0.5 + random())), stars, district: `d${below(12)}` },
    };
  });
  for (let n = 0; n < count; n++) {
    const start = 1_764_000_000_000 + n * 600_000;
    const shown = Array.from({ length: SHOWN }, () => below(HOTELS)).filter((h, i, all) => all.indexOf(h) === i);
    const looks = Array.from({ length: below(7) }, () =>
      random() < 0.75 ? shown[below(Math.min(12, shown.length))]! : below(HOTELS),
    );
    const events = looks.map((hotel, i) => ({
      ...{ type: "view", at: start + 1000 * (i * 20 + below(15)) },
      properties: { item: hotels[hotel]!.id, district: hotels[hotel]!.features.district },
    }));
    const looked = looks.filter((hotel) => shown.includes(hotel));
    const kind = random();
    let taken = 0;
    if (kind < 0.5 && looked.length > 0) taken = shown.indexOf(looked.at(-1)!);
    else if (kind < 0.7 && looked.length > 0) taken = shown.indexOf(looked[below(looked.length)]!);
    else {
      const district = looks.length > 0 ? hotels[looks.at(-1)!]!.features.district : "";
      const worth = shown.map((hotel, place) => {
        const { price, stars, district: own } = hotels[hotel]!.features;
        return Math.exp(0.5 * stars - price / 60 - place / 10 + (own === district ? 1 : 0));
      });
      let left = random() * worth.reduce((a, b) => a + b, 0);
      taken = 0;
      for (left -= worth[0]!; left >= 0 && taken < worth.length - 1; ) left -= worth[++taken]!;
    }
    yield {
      events,
      at: Math.max(start, ...events.map((event) => event.at)) + 1000 * (5 + below(60)),
      shown: shown.map((hotel) => hotels[hotel]!),
      taken,
    };
  }
}

const own = { price: field("price"), stars: field("stars"), place: field("place"), district: field("district") };
const spec = (action: ModelSpec["features"]["action"]): ModelSpec =>
  defineModel({
    ...{ name: "hotels", task: rank(), policy: epsilonGreedy({ epsilon: 0 }) },
    features: { session: { districts: lastDistinct("view.district", 1) }, action },
    reward: { wait: "30m", default: 0, aggregate: "first" },
  });
const models: Record<string, ModelSpec> = {
  "hotels' own features": spec(own),
  "seen, timesSeen, lastSeenAgo too": spec({
    ...own,
    seen: seen("view.item", "id"),
    times: timesSeen("view.item", "id"),
    ago: lastSeenAgo("view.item", "id"),
  }),
};

const reciprocal = (scores: ArrayLike<number>, taken: number): number => {
  let better = 0;
  for (let i = 0; i < scores.length; i++)
    if (scores[i]! > scores[taken]! || (scores[i] === scores[taken] && i < taken)) better++;
  return 1 / (1 + better);
};

/** MRR of an order over the second half. @param order scores a visit's hotels, and then learns. */
function measure(seed: number, order: (visit: Visit) => ArrayLike<number>): number {
  const count = Number(values.sessions);
  let n = 0;
  let sum = 0;
  for (const visit of visits(seed, count)) {
    const score = reciprocal(order(visit), visit.taken);
    if (n++ >= count / 2) sum += score;
  }
  return sum / Math.floor(count / 2);
}

function lastFirst({ events, shown }: Visit): number[] {
  const at = new Map(events.map((event) => [event.properties.item, event.at]));
  return shown.map(({ id }) => at.get(id) ?? 0);
}

function learned(of: ModelSpec): (visit: Visit) => ArrayLike<number> {
  const learner = new ModelLearner(of);
  let model = loadModel(of, learner.snapshot(1, 0));
  let lists = 0;
  return ({ events, at, shown, taken }) => {
    const actions = shown.map(({ id, features }, place) => ({ id, features: { ...features, place } }));
    const input = withSession(of, {
      at,
      context: {},
      sessionFeatures: {},
      profileFeatures: {},
      actions,
      graph: null,
      events,
    });
    const call = { ...input, id: `s.${lists}`, unit: "u", place: "edge" as const, actions };
    const decision: RankDecision = decideRank(model, call, null);
    // Who shows all of them chooses none: each is learned as it is.
    const probabilities = actions.map(() => 1);
    for (let chosen = 0; chosen < actions.length; chosen++)
      learner.learn({ ...decision, probabilities, chosen }, Number(chosen === taken));
    if (++lists % 20 === 0) model = withSnapshot(model, learner.snapshot(1, lists));
    return decision.scores;
  };
}

const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => 101 + i);
const rows: [name: string, order: () => (visit: Visit) => ArrayLike<number>][] = [
  [
    "as it came",
    () =>
      ({ shown }) =>
        shown.map((_, i) => -i),
  ],
  ["last looked at first", () => lastFirst],
  ...Object.entries(models).map(([name, of]): (typeof rows)[number] => [name, () => learned(of)]),
];
console.log(`${machine()}, ${values.sessions} sessions, seeds ${seeds[0]} to ${seeds.at(-1)}`);
console.log(
  markdownTable(
    ["order", "MRR", ...seeds.map((seed) => `of ${seed}`)],
    rows.map(([name, order]) => {
      const found = seeds.map((seed) => measure(seed, order()));
      return [name, ...[found.reduce((a, b) => a + b, 0) / found.length, ...found].map((mrr) => mrr.toFixed(3))];
    }),
  ),
);
