import { MAX_RETRY_DELAY, RETRY_DELAY } from "./limits.ts";

/** When something that failed may be tried again: the pause doubles with every failure in a row. */
export class Retry {
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  /** The earliest time for the next try, ms since the epoch; in the past when the last one did not fail. */
  get notBefore(): number {
    return this.#notBefore;
  }

  failed(now: number): void {
    this.#notBefore = now + Math.min(RETRY_DELAY * 2 ** this.#failures, MAX_RETRY_DELAY);
    this.#failures++;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }
}
