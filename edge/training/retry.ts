import { backOff } from "../../shared/contract/back-off.ts";
import { RETRY } from "./limits.ts";

/** When something that failed may be tried again. */
export class Retry {
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  /** The earliest time for the next try, ms since the epoch; in the past when the last one did not fail. */
  get notBefore(): number {
    return this.#notBefore;
  }

  failed(now: number): void {
    this.#failures++;
    this.#notBefore = now + backOff(this.#failures, Math.random(), RETRY);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }
}
