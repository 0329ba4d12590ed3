import { filmActions, films } from "../../models/home-hero/films.ts";
import homeHero from "../../models/home-hero/spec.ts";
import { Visitor } from "../../models/home-hero/visitors.ts";
import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { decideRank, type RankCall } from "../../shared/decide/decide.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import { graphInputs, runGraph } from "../../shared/decide/run-graph.ts";
import { withGraph } from "../../shared/decide/with-graph.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import type { HashedDecision } from "../../shared/features/hashed-decision.ts";
import { SessionState } from "../../shared/features/session.ts";
import { dot } from "../../shared/heads/dot.ts";
import { Graph } from "../../shared/heads/graph.ts";
import { exportHead } from "../../shared/heads/onnx-export.ts";
import { OnnxHead } from "../../shared/heads/onnx-head.ts";
import type { OnnxRuntime, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";

/** What is timed, the same in Node, workerd and Chromium: decisions of home-hero with so many films to choose from. */
export const ACTIONS = [1, 20, 100];

/** By name: does it n times. */
export type Suite = Record<string, (n: number) => Promise<void>>;

function heroSnapshot(): SnapshotData {
  const { bits } = homeHero.learner;
  const weights = Float32Array.from({ length: 2 ** bits }, (_, i) => ((i * 2654435761) % 1000) / 1000 - 0.5);
  return { model: "home-hero", version: 1, number: 1, bits, link: "identity", examples: 1000, weights };
}

/** The model of home-hero with a weight for every feature, without its graph. */
export const heroModel = (): LoadedModel => loadModel(homeHero, heroSnapshot());

/** @param graphBytes The graph of home-hero. */
export async function prepare(ort: OnnxRuntime, graphBytes: Uint8Array): Promise<Suite> {
  const snapshot = heroSnapshot();
  const native = loadModel(homeHero, snapshot);
  const graph = await Graph.load(ort, graphBytes);
  const withOnnx = withGraph(native, graph);
  const headFile = exportHead(snapshot, JSON.stringify(homeHero));
  const onnxHead = await OnnxHead.load(ort, headFile);
  const bareHead = await ort.InferenceSession.create(headFile, { executionProviders: ["wasm"] });
  const bareGraph = await ort.InferenceSession.create(graphBytes, { executionProviders: ["wasm"] });

  const features = new FeatureBuffer();
  const suite: Suite = {};
  for (const count of ACTIONS) {
    const call = callWith(count);
    const graphInput = graphInputs(native, call);
    const graphValues = await graph.run(graphInput);
    const hashed = native.featurizer.hash({ ...call, graph: graphValues });
    const headFeeds = headTensors(ort, hashed);
    const graphFeeds: Record<string, OnnxTensor> = {};
    for (const name of graph.inputs) {
      const rows = name.startsWith("action.") ? count : 1;
      const size = graph.inputSize(name)!;
      graphFeeds[name] = new ort.Tensor("float32", new Float32Array(rows * size).fill(0.5), [rows, size]);
    }
    const add = (name: string, once: () => unknown) => {
      suite[`${name}/${count}`] = async (n) => {
        for (let i = 0; i < n; i++) await once();
      };
    };
    // By itself: of a decision scores are remembered.
    add("head, native", () => {
      for (let a = 0; a < hashed.count; a++) {
        hashed.expand(a, features);
        dot(native.head.weights, features);
      }
    });
    add("head, ONNX", () => onnxHead.score(hashed));
    add("head, bare session.run", () => bareHead.run(headFeeds));
    add("graph, ONNX", () => graph.run(graphInput));
    add("graph, bare session.run", () => bareGraph.run(graphFeeds));
    add("decision, native", () => decideRank(native, call, null));
    // Each time of another session than the time before: the actions are known, and nothing else is.
    const sessions = ["horror", "drama"].map((genre) => ({
      ...call,
      sessionFeatures: { ...call.sessionFeatures, genres: [genre] },
    }));
    let times = 0;
    add("decision, native, other session", () => decideRank(native, sessions[times++ % 2]!, null));
    add("decision with graph", () => decideWithGraph(withOnnx, call));
  }
  return suite;
}

const decideWithGraph = async (model: LoadedModel, call: RankCall) =>
  decideRank(model, call, await runGraph(model, call));

/** A visitor who has looked around, and films to choose from; beyond the catalogue they repeat under other ids. */
export function callWith(count: number) {
  const visitor = new Visitor("bench");
  for (let n = 0; n < 4; n++) visitor.next();
  const session = new SessionState(homeHero.features.session);
  for (const event of visitor.events) session.add(event);
  const catalogue = filmActions();
  return {
    id: "bench.1",
    unit: visitor.unit,
    at: visitor.now,
    context: visitor.context,
    sessionFeatures: session.values(visitor.now),
    profileFeatures: {},
    actions: Array.from({ length: count }, (_, i) => ({ ...catalogue[i % films.length]!, id: `a${i}` })),
    place: "edge" as const,
    // As of a page, whose client has copies that nobody changes (web/client/check.ts).
    settled: true,
  };
}

/** The inputs of the exported head, made once. */
function headTensors(ort: OnnxRuntime, hashed: HashedDecision): Record<string, OnnxTensor> {
  const rows = Array.from({ length: hashed.count }, (_, action) => {
    const buffer = new FeatureBuffer();
    hashed.expand(action, buffer);
    return buffer;
  });
  const width = Math.max(...rows.map((row) => row.length));
  const indices = new BigInt64Array(rows.length * width);
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, r) => {
    for (let i = 0; i < row.length; i++) {
      indices[r * width + i] = BigInt(row.indices[i]!);
      values[r * width + i] = row.values[i]!;
    }
  });
  return {
    indices: new ort.Tensor("int64", indices, [rows.length, width]),
    values: new ort.Tensor("float32", values, [rows.length, width]),
  };
}
