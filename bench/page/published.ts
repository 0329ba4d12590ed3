import { createHash } from "node:crypto";
import { filmActions } from "../../models/home-hero/films.ts";
import { homeHeroGraph } from "../../models/home-hero/graph.ts";
import homeHero from "../../models/home-hero/spec.ts";
import { defineModel, field, rank } from "../../shared/contract/define.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { encodeSnapshot } from "../../shared/heads/encode-snapshot.ts";

/** What the bench's edge has published: a model of many features, the same without interactions, and one with a graph. */

export const ACTIONS = 20;
export const FEATURES = 50;
const NAMES = Array.from({ length: FEATURES }, (_, i) => `f${i}`);

/** With all that a spec has by default, interactions too. */
const bench = defineModel({
  name: "bench",
  task: rank(),
  features: { action: Object.fromEntries(NAMES.map((name) => [name, field(name)])) },
  reward: { wait: "10m", default: 0, aggregate: "first" },
});
const apart = defineModel({ ...bench, name: "apart", interactions: [] });

/** Half of the features are numbers, half texts. */
export const actions = Array.from({ length: ACTIONS }, (_, a) => ({
  id: `a${a}`,
  features: Object.fromEntries(NAMES.map((name, i) => [name, i % 2 === 0 ? (a + 1) * 1.5 + i : `t${(a * 7 + i) % 9}`])),
}));
export const films = filmActions().slice(0, ACTIONS);

const publishedAt = Date.now();
/** By the path at which the edge has it. */
export const artifacts = new Map<string, Uint8Array>();

const withoutGraph = [published(bench, null), published(apart, null)];
export const manifests = new Map(
  [...withoutGraph, published(homeHero, homeHeroGraph())].map(({ manifest }) => [manifest.model, manifest]),
);
/** As a page has them that was given its models with its HTML. */
export const starting = Object.fromEntries(withoutGraph.map((model) => [model.manifest.model, model]));

function published(spec: ModelSpec, graph: Uint8Array | null) {
  const { name, learner } = spec;
  const weights = new Float32Array(2 ** learner.bits);
  for (let i = 0; i < weights.length; i += 37) weights[i] = ((i % 101) - 50) / 100;
  const bytes = encodeSnapshot({
    ...{ model: name, version: 1, number: 1, bits: learner.bits, link: "identity", examples: 1000 },
    weights,
  });
  const snapshot = { ...stored(bytes), number: 1, publishedAt, newestFeedbackAt: publishedAt };
  const manifest = {
    ...{ format: 2, directory: 1, model: name, version: 1, stage: "live", share: null, spec, snapshot },
    ...{ examples: 1000, progressiveLoss: null, meanFeedback: null, report: null, delta: null, canaries: [] },
    graph: graph && stored(graph),
  };
  const data = Buffer.from(bytes).toString("base64");
  return { manifest, snapshots: [{ version: 1, publication: snapshot.sha256, publishedAt, data }] };
}

function stored(bytes: Uint8Array) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const url = `/v1/artifacts/${sha256}`;
  artifacts.set(url, bytes);
  return { url, sha256, bytes: bytes.length };
}
