import fc from "fast-check";
import { expect, test } from "vitest";
import { adaptive, auto, bucket, field, hourOfDay, last, lastDistinct, rank } from "../contract/define.ts";
import type { RankDecision } from "../contract/record.ts";
import { namespaces } from "../contract/spec.ts";
import { anyModel } from "../contract/testing/any-model.ts";
import type { FeatureValues, Properties } from "../contract/values.ts";
import { decideRank } from "./decide.ts";
import { loadModel } from "./loaded-model.ts";
import { withSnapshot } from "./with-snapshot.ts";

/** What a model remembers of actions that it has decided among before must not be told from deciding anew. */

const spec = (learner: ReturnType<typeof auto> | ReturnType<typeof adaptive>, interactions: string[][]) =>
  anyModel({
    name: "m",
    task: rank(),
    features: {
      session: { item: last("view.item"), genres: lastDistinct("view.genre", 3) },
      context: { device: field("device"), age: field("age") },
      action: {
        genre: field("genre"),
        price: field("price"),
        tags: field("tags"),
        tier: bucket("price", [1, 5]),
        hour: hourOfDay(),
      },
    },
    interactions: interactions as never,
    reward: { wait: "10m", default: 0, aggregate: "max" },
    learner,
  });

function snapshotOf(number: number) {
  const weights = Float32Array.from({ length: 2 ** 10 }, (_, i) => Math.fround(Math.sin(i * number)));
  return { model: "m", version: 1, number, bits: 10, link: "identity" as const, examples: 100, weights };
}

const text = fc.constantFrom("drama", "7", "é", "x".repeat(80));
const number = fc.oneof(fc.constantFrom(0, 1, -3), fc.double({ min: -9, max: 9, noNaN: true }));
const change = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    action: fc.nat(3),
    name: fc.constantFrom("genre", "price", "other"),
    to: fc.oneof(text, number),
  }),
  fc.record({ kind: fc.constant("tag" as const), action: fc.nat(3), to: text }),
  fc.record({
    kind: fc.constant("context" as const),
    name: fc.constantFrom("device", "age"),
    to: fc.oneof(text, number),
  }),
  fc.record({ kind: fc.constant("genre" as const), to: text }),
  fc.record({ kind: fc.constant("time" as const), to: fc.nat(9) }),
  fc.record({ kind: fc.constant("snapshot" as const), to: fc.nat(3) }),
  fc.record({
    kind: fc.constant("graph" as const),
    to: fc.oneof(fc.constant(null), fc.array(number, { minLength: 4, maxLength: 4 })),
  }),
  fc.record({ kind: fc.constant("actions" as const), to: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }) }),
  fc.constant({ kind: "nothing" as const }),
);

const pick = ({ scores, probabilities, chosen }: RankDecision) => ({ scores, probabilities, chosen });

test("a model that has decided among the same actions before decides as one that has not, whatever was changed between", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(auto({ bits: 10 }), adaptive({ bits: 10 })),
      fc.array(fc.array(fc.constantFrom(...namespaces), { minLength: 2, maxLength: 3 }), { maxLength: 3 }),
      // Two have one id.
      fc.array(change, { minLength: 1, maxLength: 25 }),
      (learner, interactions, changes) => {
        const made = spec(learner, interactions);
        let model = loadModel(made, snapshotOf(1));
        const all = ["a", "b", "c", "c"].map((id) => ({ id, features: { tags: ["new"] } as Properties }));
        const call = {
          ...{ id: "s.1", unit: "u", at: 0, place: "edge" as const, profileFeatures: {} },
          context: {} as Properties,
          sessionFeatures: { genres: ["drama"] },
          actions: all,
        };
        let graph: Record<string, number[]> | null = null;
        for (const one of changes) {
          // All of it in objects that were there before.
          if (one.kind === "set") all[one.action]!.features[one.name] = one.to;
          if (one.kind === "tag") (all[one.action]!.features.tags as string[]).push(one.to);
          if (one.kind === "context") call.context[one.name] = one.to;
          if (one.kind === "genre") call.sessionFeatures.genres[0] = one.to;
          if (one.kind === "time") call.at = one.to * 3_600_000;
          if (one.kind === "snapshot") model = withSnapshot(model, snapshotOf(one.to + 1));
          if (one.kind === "graph") graph = one.to && { novelty: one.to };
          if (one.kind === "actions") call.actions = one.to.map((i) => all[i]!);
          // No two of one id, and nothing that another has made of them.
          const actions = call.actions.map(({ features }, i) => ({ id: `${i}`, features }));
          expect(pick(decideRank(model, call, graph))).toStrictEqual(
            pick(decideRank(loadModel(made, model.snapshot), { ...call, actions }, graph)),
          );
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("of lists that nobody changes it decides as one that has decided nothing, whatever else changes, and looks at them once", () => {
  let looks = 0;
  const watched = (features: Properties): Properties =>
    new Proxy(features, {
      get: (target, name) => {
        looks++;
        return Reflect.get(target, name);
      },
    });
  const whole = spec(auto({ bits: 10 }), [["context", "action"]]);
  const { hour, ...fixed } = whole.features.action;
  const call = {
    ...{ id: "s.1", unit: "u", at: 0, place: "browser" as const, profileFeatures: {} },
    ...{ context: {} as Properties, sessionFeatures: {} as FeatureValues, settled: true },
  };
  const plain = ["drama", "noir", "drama"].map((genre, i) => ({
    id: `${i}`,
    features: { genre, price: i, tags: [genre] },
  }));
  const lists = [plain, plain.slice(1), [plain[2]!, plain[0]!]];
  for (const [isFixed, action] of [
    [true, fixed],
    [false, { ...fixed, hour }],
  ] as const) {
    const made = { ...whole, features: { ...whole.features, action } };
    const shown = lists.map((list) => list.map((one) => ({ id: one.id, features: watched(one.features) })));
    let model = loadModel(made, snapshotOf(1));
    const other = loadModel({ ...made, interactions: [] }, snapshotOf(2));
    for (let n = 0; n < 60; n++) {
      if (n % 4 === 3) model = withSnapshot(model, snapshotOf(n));
      if (n % 5 === 4) call.context = { age: n >> 3 };
      if (n % 7 === 6) call.sessionFeatures = { item: `${n >> 4}` };
      call.at = (n >> 2) * 3_600_000;
      call.id = `s.${n}`;
      const at = n % 3;
      for (const _ of [1, 2]) {
        // What another model makes of the same list is another matter.
        decideRank(other, { ...call, actions: shown[at]! }, null);
        looks = 0;
        const decided = decideRank(model, { ...call, actions: shown[at]! }, null);
        expect(pick(decided)).toStrictEqual(
          pick(decideRank(loadModel(made, model.snapshot), { ...call, settled: false, actions: lists[at]! }, null)),
        );
      }
      // The second time nothing had changed.
      expect(looks === 0).toBe(isFixed);
    }
  }
});

test("a model whose actions are always others decides as one that has not decided before", () => {
  const made = spec(adaptive({ bits: 10 }), [["context", "action"]]);
  const model = loadModel(made, snapshotOf(1));
  for (let n = 0; n < 300; n++) {
    const actions = Array.from({ length: 20 }, (_, i) => ({
      id: i === 0 ? "stays" : `${n}.${i}`,
      features: { genre: `g${(n * i) % 7}`, tags: Array.from({ length: 9 }, (_, t) => `t${t * i}`) },
    }));
    const call = {
      ...{ id: `s.${n}`, unit: "u", at: 0, place: "edge" as const },
      ...{ context: {}, sessionFeatures: {}, profileFeatures: {} },
      actions,
    };
    expect(decideRank(model, call, null)).toStrictEqual(decideRank(loadModel(made, model.snapshot), call, null));
  }
});
