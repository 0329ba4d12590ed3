import { DELIVERY_DELAY, MAX_RETRY_DELAY } from "../limits.ts";

/** When each model's learner may be told again. Models do not share it: one that fails waits longer, the others do not. */
export class Retries {
  readonly #failed = new Map<string, { times: number; notBefore: number }>();

  /** When the learner of a model may next be told of new examples, ms since the epoch; in the past when none failed. */
  notBefore(model: string): number {
    return this.#failed.get(model)?.notBefore ?? Number.NEGATIVE_INFINITY;
  }

  /** The pause doubles with every failure in a row. */
  failed(model: string, now: number): void {
    const times = (this.#failed.get(model)?.times ?? 0) + 1;
    this.#failed.set(model, { times, notBefore: now + Math.min(DELIVERY_DELAY * 2 ** times, MAX_RETRY_DELAY) });
  }

  succeeded(model: string): void {
    this.#failed.delete(model);
  }
}
