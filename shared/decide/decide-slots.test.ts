import fc from "fast-check";
import { expect, test } from "vitest";
import { rankResponse as rankSchema } from "../contract/calls.ts";
import { adaptive, defineModel, epsilonGreedy, field, rank, squareCb } from "../contract/define.ts";
import { decisionRecord } from "../contract/record.ts";
import type { Policy } from "../policies/policy-of.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { decideRank, type RankCall, rankResponse } from "./decide.ts";
import { slotsResponse } from "./decide-slots.ts";
import { type LoadedModel, loadModel } from "./loaded-model.ts";
import { decideSlots } from "./slots-with-graph.ts";

const GENRES = ["drama", "comedy", "noir", "western", "short"];
const policies: Policy[] = [squareCb(), squareCb({ gamma: 2, exponent: 0 }), epsilonGreedy({ epsilon: 0.4 })];

const callOf = (id: string, genres: readonly string[]): RankCall => ({
  id,
  unit: "visitor",
  at: 1_000,
  context: { device: "tv" },
  sessionFeatures: {},
  profileFeatures: {},
  place: "browser",
  actions: genres.map((genre, i) => ({ id: `${genre}-${i}`, features: { genre } })),
});

/** A model that has learned to like dramas at the top, and comedies below. */
async function taught(policy: Policy): Promise<LoadedModel> {
  const spec = defineModel({
    name: "list",
    task: rank(),
    features: { context: { place: field("place"), device: field("device") }, action: { genre: field("genre") } },
    interactions: [["context", "action"]],
    reward: { wait: "1m", default: 0, aggregate: "first" },
    learner: adaptive({ bits: 12 }),
    policy,
  });
  const learner = new ModelLearner(spec);
  for (let i = 0; i < 200; i++) {
    const model = loadModel(spec, learner.snapshot(1, i));
    const slots = [{ place: "top" }, { place: "below" }];
    for (const record of await decideSlots(model, callOf(`t.${i}`, GENRES), slots)) {
      const best = record.context.place === "top" ? "drama" : "comedy";
      learner.learn(record, record.actions[record.chosen]!.features.genre === best ? 1 : 0);
    }
  }
  return loadModel(spec, learner.snapshot(1, 200));
}

const models = await Promise.all(policies.map(taught));

const id = fc.stringMatching(/^[a-z]{1,8}(\.[0-9]{1,4})?$/);
const genres = fc.array(fc.constantFrom(...GENRES), { minLength: 1, maxLength: 12 });
const anySlots = fc.array(fc.constantFrom({}, { place: "top" }, { place: "below" }), { minLength: 1, maxLength: 14 });
const anyModel = fc.constantFrom(...models);

test("no action is in two slots, and as many are filled as there are actions for", () =>
  fc.assert(
    fc.asyncProperty(anyModel, id, genres, anySlots, async (model, callId, list, slots) => {
      const { slots: filled } = slotsResponse(await decideSlots(model, callOf(callId, list), slots));
      expect(filled).toHaveLength(Math.min(slots.length, list.length));
      expect(new Set(filled!.map(({ chosen }) => chosen)).size).toBe(filled!.length);
      expect(new Set(filled!.map((slot) => slot.id)).size).toBe(filled!.length);
      for (const slot of filled!) {
        expect(slot.id.split(".")[0]).toBe(callId.split(".")[0]);
        expect(slot.probability).toBeGreaterThan(0);
      }
    }),
  ));

test("each slot is the decision that anybody can recompute over the actions that the slots above left", () =>
  fc.assert(
    fc.asyncProperty(anyModel, id, genres, anySlots, async (model, callId, list, slots) => {
      const call = callOf(callId, list);
      let { actions } = call;
      for (const [i, record] of (await decideSlots(model, call, slots)).entries()) {
        expect(decisionRecord.parse(record)).toEqual(record);
        const context = { ...call.context, ...slots[i] };
        expect(decideRank(model, { ...call, id: record.id, context, actions }, null)).toEqual(record);
        actions = actions.filter(({ id: known }) => known !== record.actions[record.chosen]!.id);
      }
    }),
  ));

test("one slot is the decision without slots, and more slots leave those above as they are", () =>
  fc.assert(
    fc.asyncProperty(anyModel, id, genres, anySlots, async (model, callId, list, slots) => {
      const call = callOf(callId, list);
      expect(await decideSlots(model, call, [{}])).toEqual([decideRank(model, call, null)]);
      const all = await decideSlots(model, call, slots);
      expect(await decideSlots(model, call, slots.slice(0, 2))).toEqual(all.slice(0, 2));
      const response = slotsResponse(all);
      expect(rankSchema.parse(response)).toEqual(response);
      expect(response).toMatchObject(rankResponse(all[0]!));
    }),
  ));

test("lists come up as often as the product of their propensities says", async () => {
  const model = models[2]!;
  const counts = new Map<string, { times: number; probability: number }>();
  const DRAWS = 4000;
  for (let i = 0; i < DRAWS; i++) {
    const { slots } = slotsResponse(await decideSlots(model, callOf(`d.${i}`, ["drama", "comedy", "noir"]), [{}, {}]));
    const list = slots!.map(({ chosen }) => chosen).join();
    const probability = slots!.reduce((product, slot) => product * slot.probability, 1);
    const known = counts.get(list) ?? { times: 0, probability };
    expect(probability).toBeCloseTo(known.probability, 12);
    counts.set(list, { ...known, times: known.times + 1 });
  }
  expect(counts.size).toBe(6);
  for (const { times, probability } of counts.values()) {
    const deviation = Math.sqrt((probability * (1 - probability)) / DRAWS);
    expect(Math.abs(times / DRAWS - probability)).toBeLessThan(4.5 * deviation);
  }
});

test("what is known of a slot is learned: one likes dramas, the other comedies", async () => {
  const list = ["noir", "comedy", "drama"];
  const best = async (place: string) => {
    const [record] = await decideSlots(models[0]!, callOf("b", list), [{ place }]);
    return list[record!.scores.indexOf(Math.max(...record!.scores))];
  };
  expect([await best("top"), await best("below")]).toEqual(["drama", "comedy"]);
});
