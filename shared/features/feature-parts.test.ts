import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FeaturePart } from "../contract/calls.ts";
import { adaptive, auto, field, last, lastDistinct, log1p, rank, stored, vector } from "../contract/define.ts";
import { type ModelSpec, type Namespace, namespaces } from "../contract/spec.ts";
import { anyModel } from "../contract/testing/any-model.ts";
import type { Properties } from "../contract/values.ts";
import { FeatureParts } from "./feature-parts.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { Featurizer } from "./featurizer.ts";
import { CONSTANT, hashFeature, hashNamespace, interact2, interact3 } from "./hash.ts";
import type { FeaturizerInput } from "./hashed-decision.ts";
import { pushCoarse, pushFine, pushFinest, pushLinear } from "./numeric.ts";
import "./other-operators.ts";

const BITS = 18;
const model = (learner: ModelSpec["learner"], interactions: Namespace[][]): ModelSpec =>
  anyModel({
    name: "test",
    task: rank(),
    features: {
      session: { genres: lastDistinct("view.genre", 3), item: last("view.item") },
      context: { device: field("device"), tags: field("tags"), returning: field("returning"), price: log1p("price") },
      profile: { tenure: stored("tenure", { ttl: "1d", default: 0 }) },
      action: { genre: field("genre"), score: field("score"), content: vector("content", 2) },
    },
    interactions,
    reward: { wait: "1m", default: 0, aggregate: "max" },
    learner,
  });

const number = fc.oneof(fc.constantFrom(0, 1, -3, 1e39), fc.double({ noNaN: true, min: -1000, max: 1000 }));
const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("drama", "7", ""));
const scalar = fc.oneof(number, text, fc.boolean(), fc.constant(null));
const some = { requiredKeys: [] };
const outputs = fc.array(number, { minLength: 3, maxLength: 3 });
const anyInput: fc.Arbitrary<FeaturizerInput> = fc.record({
  at: fc.nat(),
  context: fc.record(
    { device: scalar, tags: fc.array(text, { maxLength: 3 }), returning: fc.boolean(), price: number },
    some,
  ) as fc.Arbitrary<Properties>,
  sessionFeatures: fc.record({ genres: fc.array(text, { maxLength: 3 }), item: scalar }, some),
  profileFeatures: fc.record({ tenure: number }, some),
  actions: fc.array(
    (
      fc.record({ genre: scalar, score: scalar, content: fc.tuple(number, number) }, some) as fc.Arbitrary<Properties>
    ).map((features) => ({ id: "a", features })),
    { maxLength: 3 },
  ),
  graph: fc.option(fc.record({ match: outputs, novelty: outputs })),
});
const anyInteractions = fc.array(fc.array(fc.constantFrom(...namespaces), { minLength: 2, maxLength: 3 }), {
  maxLength: 4,
});
const anyLearner = fc.constantFrom(auto({ bits: BITS }), adaptive({ bits: BITS }));

type Feature = { index: number; value: number };

/** The features that a value makes, by the rules of hashing alone; a treated number makes several of each scale. */
function featuresOf({ namespace, name, value, scale }: FeaturePart): Feature[] {
  if (namespace === "constant") return [{ index: CONSTANT, value: 1 }];
  // A number of a vector is named by its place.
  const [, ofVector, place] = /^(.*)\[(\d+)\]$/.exec(name) ?? [];
  const hashed = hashFeature(ofVector ?? name, hashNamespace(namespace));
  const index = place === undefined ? hashed : hashFeature(`${place}.`, hashed);
  if (typeof value === "string") return [{ index: hashFeature(value, index), value: 1 }];
  if (value === true) return [{ index, value: 1 }];
  if (scale === undefined) return [{ index, value }];
  const buffer = new FeatureBuffer();
  ({ coarse: pushCoarse, linear: pushLinear, fine: pushFine })[scale](index, value, buffer);
  if (scale === "fine") pushFinest(index, value, buffer);
  return Array.from({ length: buffer.length }, (_, i) => ({ index: buffer.indices[i]!, value: buffer.values[i]! }));
}

/** The same of parts that interact: every combination. */
function joined(parts: readonly FeaturePart[]): Feature[] {
  const [a, b, c] = parts.map(featuresOf);
  if (!b) return a!;
  return a!.flatMap((x) =>
    b.flatMap((y) =>
      c
        ? c.map((z) => ({ index: interact3(x.index, y.index, z.index), value: x.value * y.value * z.value }))
        : [{ index: interact2(x.index, y.index), value: x.value * y.value }],
    ),
  );
}

describe("the parts of features", () => {
  test("make the very index and value of each feature, whatever the values, the interactions and the treatment of numbers", () => {
    fc.assert(
      fc.property(anyInput, anyInteractions, anyLearner, (given, interactions, learner) => {
        const decision = new Featurizer(model(learner, interactions)).hash(given, new FeatureParts());
        const x = new FeatureBuffer(1);
        for (let action = decision.count - 1; action >= 0; action--) {
          decision.expand(action, x);
          expect(x.parts!.list).toHaveLength(x.length);
          x.parts!.list.forEach((parts, i) => {
            const candidates = joined(parts).map(({ index, value }) => `${index & (2 ** BITS - 1)} ${value}`);
            expect(candidates).toContain(`${x.indices[i]} ${x.values[i]}`);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("change nothing of the features, and are only there when asked for", () => {
    fc.assert(
      fc.property(anyInput, anyInteractions, anyLearner, (given, interactions, learner) => {
        const featurizer = new Featurizer(model(learner, interactions));
        const [plain, named] = [featurizer.hash(given), featurizer.hash(given, new FeatureParts())];
        const [x, y] = [new FeatureBuffer(), new FeatureBuffer()];
        for (let action = 0; action < plain.count; action++) {
          named.expand(action, y);
          plain.expand(action, x);
          expect(y.indices.slice(0, y.length)).toEqual(x.indices.slice(0, x.length));
          expect(y.values.slice(0, y.length)).toEqual(x.values.slice(0, x.length));
          // A buffer that is used again must not keep those of another decision.
          plain.expand(action, y);
          expect([x.parts, y.parts]).toEqual([null, null]);
        }
      }),
    );
  });

  test("of an interaction are those of its features, the first namespace's first", () => {
    const spec = model(adaptive(), [["context", "action"]]);
    const input = { at: 0, sessionFeatures: {}, profileFeatures: {}, graph: null, context: { device: "tv" } };
    const x = new FeatureBuffer();
    new Featurizer(spec)
      .hash({ ...input, actions: [{ id: "a", features: { score: 4 } }] }, new FeatureParts())
      .expand(0, x);
    const device = { namespace: "context", name: "device", value: "tv" };
    const score = { namespace: "action", name: "score", value: 4 };
    const constant = { namespace: "constant", name: "constant", value: 1 };
    expect(x.parts!.list).toEqual([[constant], [device], [score], [device, score]]);
  });
});
