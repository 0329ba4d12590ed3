import type { Action, SessionEvent } from "../shared/contract/record.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import type { Properties } from "../shared/contract/values.ts";
import type { RankCall } from "../shared/decide/decide.ts";
import { SessionState } from "../shared/features/session.ts";
import { FixtureRandom } from "./random.ts";
import { specs } from "./specs.ts";

/** One decision of the fixture: what is asked, what the graph would say, and the feedback that came. */
export type FixtureDecision = {
  spec: ModelSpec;
  /** For predict, without actions. */
  call: RankCall;
  graph: Record<string, number[]> | null;
  feedback: number;
};

const COUNT = 240;
const SEED = 20261121;
const START = Date.UTC(2026, 10, 21, 9);
const GENRES = ["drama", "comedy", "Sci-Fi", "film noir", "documentary", "thriller", "1984", "séance", "映画", "🎬"];
const DEVICES = ["phone", "tablet", "desktop", "tv"];
const WORDS = ["the", "last", "night", "of", "summer", "Zürich", "42"];

/** The same 240 decisions on every engine, round the specs in turn; 1 to 50 actions. */
export function fixtureDecisions(): FixtureDecision[] {
  const random = new FixtureRandom(SEED);
  return Array.from({ length: COUNT }, (_, n) => fixtureDecision(random, specs[n % specs.length]!, n));
}

function fixtureDecision(random: FixtureRandom, spec: ModelSpec, n: number): FixtureDecision {
  const at = START + n * 61_000 + random.whole(60_000);
  const rank = spec.task.type === "rank";
  // The first has one action and the last of each model 50.
  const count = n < 3 ? 1 : n >= COUNT - specs.length ? 50 : 1 + random.whole(50);
  const actions = Array.from({ length: rank ? count : 0 }, (_, i) => fixtureAction(random, i));
  const session = new SessionState(spec.features.session);
  for (let i = random.whole(20); i > 0; i--) session.add(fixtureEvent(random, at));
  const profileFeatures = "tenure" in spec.features.profile ? { tenure: random.whole(1000) } : {};
  const rows = rank ? count : 1;
  const graph = spec.graph
    ? {
        similarity: Array.from({ length: rows }, () => 2 * random.next() - 1),
        novelty: Array.from({ length: rows }, () => random.next()),
      }
    : null;
  return {
    spec,
    call: {
      id: `session-${n % 7}.${n}`,
      unit: `visitor-${n % 7}`,
      session: `session-${n % 7}`,
      at,
      context: fixtureContext(random),
      sessionFeatures: session.values(at),
      profileFeatures,
      actions,
      place: "edge",
    },
    graph,
    feedback: feedbackFor(spec, random),
  };
}

function feedbackFor({ task }: ModelSpec, random: FixtureRandom): number {
  if (task.type === "predict" && task.label === "value") return Math.round(random.next() * 600) / 100 - 1;
  return random.next() < 0.3 ? 1 : 0;
}

const fixtureContext = (random: FixtureRandom): Properties => ({
  device: random.pick(DEVICES),
  geo: { country: random.pick(["CH", "NZ", "IS"]) },
  words: Array.from({ length: 1 + random.whole(4) }, () => random.pick(WORDS)),
  weight: Math.round((random.next() - 0.3) * 2e4) / 100,
  returning: random.next() < 0.5,
});

const fixtureAction = (random: FixtureRandom, i: number): Action => ({
  id: `item-${i}`,
  features: {
    genre: random.pick(GENRES),
    year: 1970 + random.whole(57),
    price: Math.round(random.next() * 3000) / 1000,
    votes: random.whole(1e6),
    fresh: random.next() < 0.2,
    content: fixtureVector(random),
    ...(random.next() < 0.1 ? { price: null } : {}),
  },
});

const fixtureEvent = (random: FixtureRandom, at: number): SessionEvent => ({
  type: random.next() < 0.8 ? "view" : "click",
  at: at - random.whole(40 * 60_000),
  properties: {
    genre: random.pick(GENRES),
    seconds: Math.round(random.next() * 900) / 10,
    content: fixtureVector(random),
  },
});

const fixtureVector = (random: FixtureRandom): number[] => [random.next(), random.next(), random.next()];
