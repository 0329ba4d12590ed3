import type { OnnxSession, OnnxTensor, OnnxValueMetadata } from "../../shared/heads/onnx-runtime.ts";
import { medianOf } from "./faster-session.ts";

type Feeds = Record<string, OnnxTensor>;

/**
 * A graph whose runs take longer than this is worth looking for something faster, ms: half a frame. The way to a graphics processor and back takes one or
 * two, and what it needs is 17 MB to fetch and compile.
 */
const SLOW = 8;
/** Of so many runs the median counts. */
const RUNS = 5;

/** Looks for a session of the same graph that is faster than this one, by what a run was given; null where there is none. */
type LookForFaster = (session: OnnxSession, feeds: Feeds) => Promise<OnnxSession | null>;

/**
 * A session that begins with WebAssembly, and once that turns out to be slow looks for WebGPU, behind, and goes on with it where it is faster. When that fails
 * later, as when the device is lost, the run is done again by WebAssembly, and all that come.
 */
export class ChoosingSession implements OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly OnnxValueMetadata[];
  readonly outputMetadata: readonly OnnxValueMetadata[];
  readonly #wasm: OnnxSession;
  readonly #now: () => number;
  #look: LookForFaster | null;
  #webgpu: OnnxSession | null = null;
  /** What runs go to next, once those under way are over. */
  #found: OnnxSession | null = null;
  #running = 0;
  #times: number[] = [];
  #released = false;

  /** @param now ms. */
  constructor(wasm: OnnxSession, look: LookForFaster, now: () => number = () => performance.now()) {
    const { inputNames, outputNames, inputMetadata, outputMetadata } = wasm;
    this.inputNames = inputNames;
    this.outputNames = outputNames;
    this.inputMetadata = inputMetadata;
    this.outputMetadata = outputMetadata;
    this.#wasm = wasm;
    this.#look = look;
    this.#now = now;
  }

  /** What the runs go to. */
  get runtime(): "wasm" | "webgpu" {
    return this.#webgpu ? "webgpu" : "wasm";
  }

  async run(feeds: Feeds): Promise<Feeds> {
    if (this.#found && this.#running === 0) {
      this.#webgpu = this.#found;
      this.#found = null;
    }
    this.#running++;
    try {
      return await (this.#webgpu ? this.#runOnWebGpu(this.#webgpu, feeds) : this.#runTimed(feeds));
    } finally {
      this.#running--;
    }
  }

  async release(): Promise<void> {
    this.#released = true;
    await Promise.all([this.#wasm, this.#webgpu, this.#found].map((session) => session?.release()));
  }

  async #runOnWebGpu(webgpu: OnnxSession, feeds: Feeds): Promise<Feeds> {
    try {
      return await webgpu.run(feeds);
    } catch (error) {
      // Of those under way together the first says it.
      if (this.#webgpu === webgpu) {
        this.#webgpu = null;
        console.warn(`edgewise: a graph goes on with WebAssembly, since WebGPU failed: ${error}`);
        void webgpu.release().catch(() => {});
      }
      return this.#wasm.run(feeds);
    }
  }

  /** Runs that wait for each other say nothing of how long one takes. */
  async #runTimed(feeds: Feeds): Promise<Feeds> {
    const alone = this.#running === 1;
    const started = this.#now();
    const results = await this.#wasm.run(feeds);
    if (this.#look === null || !alone || this.#running > 1) return results;
    this.#times = [...this.#times, this.#now() - started].slice(-RUNS);
    if (this.#times.length === RUNS && medianOf(this.#times) > SLOW) void this.#lookOnce(this.#look, feeds);
    return results;
  }

  async #lookOnce(look: LookForFaster, feeds: Feeds): Promise<void> {
    this.#look = null;
    try {
      const found = await look(this.#wasm, feeds);
      if (this.#released) await found?.release();
      else this.#found = found;
    } catch (error) {
      console.warn(`edgewise: a graph stays with WebAssembly, since WebGPU cannot be used: ${error}`);
    }
  }
}
