import * as ort from "onnxruntime-web/wasm";
import { FixtureRandom } from "../../conformance/random.ts";
import type { DecisionRecord } from "../../shared/contract/record.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { ModelPage } from "./model-page.ts";
import { settled } from "./settled.ts";

/** Runs in the page that chromium.ts opens. */
const BATCH = 100;
/** Part of the decisions that are sent at the end, as of pages that were off line. */
const HELD = 0.05;
/** Part of the decisions that are made by an older snapshot. */
const LATE = 0.3;

export type Honest = {
  made: number;
  accepted: number;
  rejected: string[];
  again: number;
  snapshots: number;
  graphs: number;
};

const forgery = {
  /** Makes so many honest decisions of a model, and sends them. */
  async honest(url: string, model: string, count: number, seed: number): Promise<Honest> {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: new URL("/ort.wasm", location.href).href };
    const page = await ModelPage.open(url, model, `chromium-${model}`, seed, ort as unknown as OnnxRuntime);
    const random = new FixtureRandom(seed + 1);
    const result: Honest = { made: 0, accepted: 0, rejected: [], again: 0, snapshots: 0, graphs: 0 };
    const labels = new Set<number>();
    const held: DecisionRecord[] = [];
    const send = async (records: DecisionRecord[]) => {
      const { accepted, rejected, again } = await settled((left) => page.postBriefly(left), records);
      result.accepted += accepted;
      result.again += again;
      result.rejected.push(...rejected.map(({ problem }) => problem));
    };
    while (result.made < count) {
      const batch: DecisionRecord[] = [];
      const feedback: object[] = [];
      for (let n = 0; n < BATCH && result.made < count; n++, result.made++) {
        const record = await page.decide(random.next() < LATE ? random.whole(12) : 0);
        labels.add(record.snapshot);
        if (record.graph) result.graphs++;
        if (random.next() < HELD) held.push(record);
        else batch.push(record);
        if (random.next() < 0.2) feedback.push({ format: 2, id: record.id, value: random.whole(2), at: record.at });
      }
      await send(batch);
      await page.postBriefly([], feedback);
      await page.refresh();
    }
    for (let n = 0; n < held.length; n += BATCH) await send(held.slice(n, n + BATCH));
    return { ...result, snapshots: labels.size };
  },
};
export type ForgeryPage = typeof forgery;
(globalThis as unknown as { forgery: ForgeryPage }).forgery = forgery;
