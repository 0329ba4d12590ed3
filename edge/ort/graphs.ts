import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { checkGraph, Graph } from "../../shared/heads/graph.ts";
import type { Background } from "../background.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { getArtifact } from "../storage/artifacts.ts";
import { age, deadline } from "../storage/clock.ts";

/** How often a graph's failure is written at most, ms: it may fail in every request. */
const OUTPUT_INTERVAL = 60_000;
/** How long a graph that could not be loaded is left alone, ms. It was tried when it was deployed, so what failed may pass. */
const RETRY_PAUSE = 30_000;

/** What is known of a version's graph in this isolate: it is on its way, or ready. */
export class WarmGraph {
  readonly #bucket: R2Bucket;
  readonly #spec: ModelSpec;
  readonly #pointer: ArtifactPointer;
  #started = false;
  #graph: Graph | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(bucket: R2Bucket, spec: ModelSpec, pointer: ArtifactPointer) {
    this.#bucket = bucket;
    this.#spec = spec;
    this.#pointer = pointer;
  }

  /**
   * The graph when ONNX Runtime is ready for it, else null. The first call starts it in the background: 14 MB of WebAssembly take half a
   * second, in which decisions are made without it. Requests never await each other's promises.
   */
  ready(background: Background): Graph | null {
    if (!this.#started && Date.now() >= deadline(this.#notBefore, RETRY_PAUSE)) {
      this.#started = true;
      background.waitUntil(this.#load());
    }
    return this.#graph;
  }

  /** Notes that the graph failed in a decision, which goes on without it. */
  readonly failed = (error: unknown): void => {
    if (age(this.#failedAt) < OUTPUT_INTERVAL) return;
    this.#failedAt = Date.now();
    const { name: model } = this.#spec;
    writeOutput("error", "graph failed: decisions are made without it", { model, ...errorFields(error) });
  };

  release(): void {
    void this.#graph?.release();
    this.#graph = null;
  }

  async #load(): Promise<void> {
    const { name: model } = this.#spec;
    try {
      const artifact = await getArtifact(this.#bucket, this.#pointer.sha256);
      if (!artifact) throw new Error(`artifact ${this.#pointer.sha256} is not in the store`);
      const bytes = new Uint8Array(await artifact.arrayBuffer());
      // Imported only when a model has a graph: a deployment without one never starts ONNX Runtime.
      const { ort } = await import("./runtime.ts");
      const graph = await Graph.load(ort, bytes, (message) => writeOutput("warn", message, { model }));
      checkGraph(this.#spec, graph);
      this.#graph = graph;
    } catch (error) {
      // The head goes on without it.
      writeOutput("error", "graph could not be loaded", { model, ...errorFields(error) });
      this.#notBefore = Date.now() + RETRY_PAUSE;
      this.#started = false;
    }
  }
}
