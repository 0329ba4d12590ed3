import * as webgpu from "onnxruntime-web/jspi";
import * as wasm from "onnxruntime-web/wasm";
import { FixtureRandom } from "../conformance/random.ts";
import { films } from "../models/home-hero/films.ts";
import { homeHeroGraph } from "../models/home-hero/graph.ts";
import spec from "../models/home-hero/spec.ts";
import { decideRank } from "../shared/decide/decide.ts";
import { loadModel } from "../shared/decide/loaded-model.ts";
import { runGraph } from "../shared/decide/run-graph.ts";
import { withGraph } from "../shared/decide/with-graph.ts";
import { Graph } from "../shared/heads/graph.ts";
import { linkOf } from "../shared/heads/link.ts";
import type { OnnxRuntime } from "../shared/heads/onnx-runtime.ts";

/** Runs in a page of webgpu.test.ts. */

type Compared = { alike: number; other: number; furthest: number };

const page = {
  /** Decides so many calls by the demo's model, its weights drawn, with its graph in WebAssembly and on WebGPU. @param binaries folder of the runtime's. */
  async compare(binaries: string, count: number): Promise<Compared> {
    const random = new FixtureRandom(5);
    const weights = Float32Array.from({ length: 2 ** spec.learner.bits }, () => random.next() - 0.5);
    const { bits } = spec.learner;
    const learned = { model: spec.name, version: 1, number: 1, bits, link: linkOf(spec), examples: 1000, weights };
    const model = loadModel(spec, learned);
    const onto = async (ort: typeof wasm, provider: string, binary: string) => {
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmPaths = { wasm: `${binaries}/${binary}` };
      const options = { executionProviders: [provider] };
      return withGraph(model, await Graph.load(ort as unknown as OnnxRuntime, homeHeroGraph(), undefined, options));
    };
    const there = await onto(wasm, "wasm", "ort-wasm-simd-threaded.wasm");
    const here = await onto(webgpu, "webgpu", "ort-wasm-simd-threaded.jspi.wasm");
    const result: Compared = { alike: 0, other: 0, furthest: 0 };
    for (let n = 0; n < count; n++) {
      const vector = () => films[0]!.content.map(() => random.next() * 2 - 1);
      const call = {
        ...{ id: `s${n}.0`, unit: "u", at: 0, place: "browser" as const, profileFeatures: {} },
        context: { device: random.pick(["phone", "desktop"]), daypart: random.pick(["morning", "evening"]) },
        sessionFeatures: { genres: [random.pick(films).genre], taste: vector(), recent: vector() },
        actions: films
          .slice(random.whole(20))
          .map(({ id, ...features }) => ({ id, features: { item: id, ...features } })),
      };
      const [right, outputs] = [await runGraph(there, call), await runGraph(here, call)];
      for (const [name, values] of Object.entries(right!))
        values.forEach((x, i) => {
          result.furthest = Math.max(result.furthest, Math.abs(x - outputs![name]![i]!));
        });
      const [a, b] = [decideRank(there, call as never, right), decideRank(here, call as never, outputs)];
      if (a.chosen === b.chosen) result.alike++;
      else result.other++;
    }
    return result;
  },
};
export type WebGpuPage = typeof page;
(globalThis as unknown as { webGpuPage: WebGpuPage }).webGpuPage = page;
