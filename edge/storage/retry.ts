import { type BackOff, backOff } from "../../shared/contract/back-off.ts";
import { deadline } from "./clock.ts";

/** When something that failed may be tried again. */
export class Retry {
  readonly #pauses: BackOff;
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(pauses: BackOff) {
    this.#pauses = pauses;
  }

  /** The earliest time for the next try, ms since the epoch; in the past when the last one did not fail. */
  get notBefore(): number {
    return deadline(this.#notBefore, this.#pauses.cap);
  }

  failed(now: number): void {
    this.#failures++;
    this.#notBefore = now + backOff(this.#failures, Math.random(), this.#pauses);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }
}
