import { LINE_INTERVAL } from "./limits.ts";

/** Says now and then, in one line, what happens often, and how often it did since it was said last. */
export class CountedLine {
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  #count = 0;
  #saidOf = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  /** @param now ms, which never goes back. */
  constructor(say: (line: string) => void, now: () => number) {
    this.#say = say;
    this.#now = now;
  }

  /** How often it happened. */
  get count(): number {
    return this.#count;
  }

  /** @param lineOf the line, of how often it happened since it was said last. */
  happened(lineOf: (since: number) => string): void {
    this.#count++;
    if (this.#now() - this.#saidAt <= LINE_INTERVAL) return;
    this.#say(lineOf(this.#count - this.#saidOf));
    [this.#saidAt, this.#saidOf] = [this.#now(), this.#count];
  }
}
