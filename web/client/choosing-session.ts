import type { OnnxSession, OnnxTensor, OnnxValueMetadata } from "../../shared/heads/onnx-runtime.ts";
import type { TimedSession } from "./graph-runtime.ts";
import { within } from "./within.ts";

type Feeds = Record<string, OnnxTensor>;

/**
 * A graph whose runs take longer than this is worth looking for something faster, ms: half a frame. The way to a graphics processor and back takes one or
 * two, and what it needs is 17 MB to fetch and compile.
 */
const SLOW = 8;
/** Of so many runs the median counts. */
const RUNS = 5;
/** How long a run on WebGPU may take, of what WebAssembly took, and at least, ms: a device that hangs answers nothing. */
const PATIENCE = { times: 10, least: 1000 };

/** Looks for a session of the same graph that is faster than this one, by what a run was given; null where there is none. */
type LookForFaster = (session: TimedSession, feeds: Feeds) => Promise<OnnxSession | null>;

/**
 * A session that begins with WebAssembly, and once that turns out to be slow looks for WebGPU, behind, and goes on with it where it is faster. When that fails
 * later, as when the device is lost, the run is done again by WebAssembly, and all that come.
 */
export class ChoosingSession implements OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly OnnxValueMetadata[];
  readonly outputMetadata: readonly OnnxValueMetadata[];
  readonly #wasm: TimedSession;
  #look: LookForFaster | null;
  #webgpu: OnnxSession | null = null;
  /** What runs go to next, once those under way are over. */
  #found: OnnxSession | null = null;
  #running = 0;
  #lose!: (why: unknown) => void;
  /** Rejects when the runs on WebGPU that are under way will not end. */
  readonly #lost = new Promise<never>((_, reject) => {
    this.#lose = reject;
  });
  #times: number[] = [];
  #released = false;

  constructor(wasm: TimedSession, look: LookForFaster) {
    const { inputNames, outputNames, inputMetadata, outputMetadata } = wasm;
    this.inputNames = inputNames;
    this.outputNames = outputNames;
    this.inputMetadata = inputMetadata;
    this.outputMetadata = outputMetadata;
    this.#wasm = wasm;
    this.#look = look;
    // Whoever waits for it hears of it.
    this.#lost.catch(() => {});
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
    const most = Math.max(PATIENCE.least, PATIENCE.times * this.#usual);
    try {
      const results = await within(most, Promise.race([webgpu.run(feeds), this.#lost]));
      if (!results) throw new Error(`a run was not over after ${Math.round(most)} ms`);
      return results;
    } catch (error) {
      // Of those under way together the first says it; the others have no answer, once the worker has ended.
      if (this.#webgpu === webgpu) {
        this.#webgpu = null;
        console.warn(`edgewise: a graph goes on with WebAssembly, since WebGPU failed: ${error}`);
        this.#lose(error);
        void webgpu.release().catch(() => {});
      }
      return this.#wasm.run(feeds);
    }
  }

  async #runTimed(feeds: Feeds): Promise<Feeds> {
    const { outputs, took } = await this.#wasm.runTimed(feeds);
    this.#times = [...this.#times, took].slice(-RUNS);
    if (this.#look && this.#times.length === RUNS && this.#usual > SLOW) void this.#lookOnce(this.#look, feeds);
    return outputs;
  }

  /** The median of the last runs. The function of faster-session.ts is not for pages whose graphs are quick enough. */
  get #usual(): number {
    return [...this.#times].sort((a, b) => a - b)[this.#times.length >> 1]!;
  }

  async #lookOnce(look: LookForFaster, feeds: Feeds): Promise<void> {
    this.#look = null;
    try {
      const found = await look(this.#wasm, feeds);
      if (this.#released) await found?.release();
      else this.#found = found;
    } catch (error) {
      if (!this.#released)
        console.warn(`edgewise: a graph stays with WebAssembly, since WebGPU cannot be used: ${error}`);
    }
  }
}
