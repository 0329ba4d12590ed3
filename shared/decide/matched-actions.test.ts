import { expect, test } from "vitest";
import { FixtureRandom } from "../../conformance/random.ts";
import { defineModel, lastSeenAgo, rank, seen, text, timesSeen } from "../contract/define.ts";
import { type Action, decisionRecord, type RankDecision, type SessionEvent } from "../contract/record.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { matchesOf, sessionOfEvents } from "../features/match-operators.ts";
import { SessionState } from "../features/session.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { decideRank } from "./decide.ts";
import { decideSlotsSync } from "./decide-slots.ts";
import { type LoadedModel, loadModel } from "./loaded-model.ts";
import { recompute } from "./recompute.ts";
import { recordedFeatureProblem } from "./recorded-features.ts";

const spec = defineModel({
  name: "hotels",
  task: rank(),
  features: {
    action: {
      clicked: seen("click.hotel", "id"),
      times: timesSeen("click.hotel", "id"),
      ago: lastSeenAgo("click.hotel", "id"),
      name: text("name"),
    },
  },
  reward: { wait: "1m", default: 0, aggregate: "first" },
});

const hotels = Array.from(
  { length: 20 },
  (_, i): Action => ({ id: `h${i}`, features: { name: `Hotel ${i % 7} am See` } }),
);

function visit(random: FixtureRandom): { events: SessionEvent[]; at: number } {
  const at = 1_700_000_000_000 + random.whole(1e9);
  const events = Array.from({ length: 1 + random.whole(6) }, () => ({
    type: random.next() < 0.8 ? "click" : "view",
    at: at - random.whole(600_000) - 1,
    properties: { hotel: `h${random.whole(20)}` },
  }));
  return { events, at };
}

function callOf(model: { spec: ModelSpec }, id: string, { events, at }: ReturnType<typeof visit>) {
  const { features } = model.spec;
  const session = new SessionState(features.session);
  const state = matchesOf(features.action, hotels, at, sessionOfEvents(events), events.length);
  return {
    ...{ id, unit: "u", session: id.split(".")[0]!, at, context: {}, sessionFeatures: session.values(at) },
    ...{ profileFeatures: {}, place: "browser" as const, actions: hotels, ...state },
  };
}

/** The order of a hotel log's baseline: what was clicked last comes first. */
function lastFirst({ events }: ReturnType<typeof visit>): string | null {
  const clicks = events.filter(({ type }) => type === "click").toSorted((a, b) => b.at - a.at);
  return (clicks[0]?.properties.hotel as string | undefined) ?? null;
}

const taught = (learner: ModelLearner): LoadedModel => loadModel(spec, learner.snapshot(1, learner.examples));

test("what a visitor did last is learned to come first, from the record alone, which says the same when it is decided again", () => {
  const random = new FixtureRandom(5);
  const learner = new ModelLearner(spec);
  let [right, told] = [0, 0];
  for (let n = 0; n < 3000; n++) {
    const did = visit(random);
    const model = taught(learner);
    const made = decideRank(model, callOf(model, `s.${n}`, did), null);
    const record = decisionRecord.parse(JSON.parse(JSON.stringify(made))) as RankDecision;
    expect(recompute(record, model).disagreements).toEqual([]);
    expect(recordedFeatureProblem(spec, record)).toBeNull();
    const wanted = lastFirst(did);
    learner.learn(record, Number(hotels[record.chosen]!.id === wanted));
    if (n < 2500 || wanted === null) continue;
    told++;
    if (hotels[record.scores.indexOf(Math.max(...record.scores))]!.id === wanted) right++;
  }
  expect(right / told).toBeGreaterThan(0.9);
});

test("of several slots each can be decided again", () => {
  const random = new FixtureRandom(6);
  const learner = new ModelLearner(spec);
  const model = taught(learner);
  for (const record of decideSlotsSync(model, callOf(model, "s.0", visit(random)), [{}, {}, {}])) {
    expect(recompute(record, model).disagreements).toEqual([]);
    expect(record.matches!.length).toBeGreaterThan(0);
  }
});

test("what no feature asks for is refused in a record, and so is what cannot be", () => {
  const model = taught(new ModelLearner(spec));
  const record = decideRank(model, callOf(model, "s.0", visit(new FixtureRandom(7))), null);
  const match = { event: "click.hotel", value: "h1", times: 1, ago: 2 };
  const problem = (matches: RankDecision["matches"]) => recordedFeatureProblem(spec, { ...record, matches });
  expect(problem(undefined)).toBeNull();
  expect(problem([match])).toBeNull();
  expect(problem([{ ...match, event: "view.hotel" }])).toBe(
    "matches: view.hotel is matched with by no feature of the spec",
  );
  expect(problem([match, match])).toBe("matches: click.hotel has a value twice");
  for (const wrong of [{ ...match, times: 0 }, { ...match, ago: -1 }, { ...match, value: 1 }, "h1"])
    expect(decisionRecord.safeParse({ ...record, matches: [wrong] }).success).toBe(false);
});
