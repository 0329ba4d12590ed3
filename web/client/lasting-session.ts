import { backOff } from "../../shared/contract/back-off.ts";
import type { OnnxSession, OnnxTensor, OnnxValueMetadata } from "../../shared/heads/onnx-runtime.ts";
import { within } from "./within.ts";

type Feeds = Record<string, OnnxTensor>;

/** A session, and the runtime that it is of. */
export type Running = {
  session: OnnxSession;
  /** Whether the runtime still takes a graph. */
  isAlive(): Promise<boolean>;
  /** Ends the runtime, with all sessions that it has. */
  end(): void;
};

/** A run that is not over by then has hung, as where the browser has ended the worker's process, ms. */
const LONGEST_RUN = 30_000;
/** Pauses before a runtime that died is started anew, ms: a graph that ends it each time is left alone for five minutes in the end. */
const PAUSES = { base: 1000, cap: 300_000 };

/**
 * A session of a runtime that may die: its worker breaks, runs out of memory, or hangs. That is said once; what is run meanwhile fails at once, and the first run after a pause has
 * the runtime started anew, behind. A run that only failed itself changes nothing.
 */
export class LastingSession implements OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly OnnxValueMetadata[];
  readonly outputMetadata: readonly OnnxValueMetadata[];
  readonly #start: () => Promise<Running>;
  /** null: it has died, and is not there again. */
  #running: Running | null;
  /** Deaths without a run that went well since. */
  #deaths = 0;
  #notBefore = 0;
  #isStarting = false;
  #isReleased = false;

  constructor(running: Running, start: () => Promise<Running>) {
    const { inputNames, outputNames, inputMetadata, outputMetadata } = running.session;
    this.inputNames = inputNames;
    this.outputNames = outputNames;
    this.inputMetadata = inputMetadata;
    this.outputMetadata = outputMetadata;
    this.#running = running;
    this.#start = start;
  }

  get runtime(): "wasm" | "webgpu" {
    return this.#running?.session.runtime ?? "wasm";
  }

  async run(feeds: Feeds): Promise<Feeds> {
    const running = this.#running;
    if (!running) {
      void this.#startAgain();
      throw new Error("the runtime of the graphs has died");
    }
    try {
      const results = await within(LONGEST_RUN, running.session.run(feeds));
      if (!results) throw new Error("a run has hung");
      this.#deaths = 0;
      return results;
    } catch (error) {
      void this.#look(running, error);
      throw error;
    }
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    await this.#running?.session.release();
  }

  /** After a run that failed: was it the run, or is there no runtime any more? */
  async #look(running: Running, why: unknown): Promise<void> {
    if ((await running.isAlive()) || this.#running !== running) return;
    this.#running = null;
    running.end();
    this.#pause(why);
  }

  #pause(why: unknown): void {
    this.#notBefore = performance.now() + backOff(++this.#deaths, Math.random(), PAUSES);
    if (this.#deaths === 1 && !this.#isReleased)
      console.warn(`edgewise: the runtime of the graphs has died, and is started anew after a pause: ${why}`);
  }

  async #startAgain(): Promise<void> {
    if (this.#isStarting || this.#isReleased || performance.now() < this.#notBefore) return;
    this.#isStarting = true;
    try {
      this.#running = await this.#start();
      if (this.#isReleased) await this.#running.session.release();
    } catch (error) {
      this.#pause(error);
    } finally {
      this.#isStarting = false;
    }
  }
}
