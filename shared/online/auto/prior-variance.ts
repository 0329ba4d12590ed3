import type { ByteReader } from "../../artifact/byte-reader.ts";
import type { ByteWriter } from "../../artifact/byte-writer.ts";

/** It is looked at after so many examples, and then whenever there are so many times as many. */
const FIRST_LOOK = 300;
const NEXT_LOOK = 1.2;
/** What it begins with counts as so many weights: few examples say little of it. */
const COUNTS_AS = 4;
/** It changes by no less, since all weights change with it, and by no more at a time: what it is taken from changes with it, too. */
const LEAST_CHANGE = 1.25;
const MOST_CHANGE = 4;
/** Weights that are smaller than the least can be told from none only after 10,000 examples; with the most, nothing is held back any more. */
const LEAST = 1e-4;
const MOST = 100;

/** What is known of weights: the sum of their squares, and how many of them the examples have made known (each counts for as much as its variance has shrunk). */
export type Evidence = { squares: number; known: number };

/**
 * The variance of weights before anything is known of them, in units of the labels' noise, as the weights themselves tell it: what they are on average, over how many are known (MacKay 1992,
 * "Bayesian interpolation", the evidence for alpha). Where two in a hundred are clicked it is a thousandth; where a table's columns decide which of 26 labels is right, it is 1.
 */
export class PriorVariance {
  #value: number;
  #lookAt = FIRST_LOOK;
  readonly #start: number;

  /** @param start above 0: what it is taken for until there is evidence. */
  constructor(start: number) {
    this.#value = start;
    this.#start = start;
  }

  get value(): number {
    return this.#value;
  }

  /** Whether it is to be looked at after so many examples. */
  isDue(examples: number): boolean {
    return examples >= this.#lookAt;
  }

  /**
   * @param noise variance of the labels around what is foreseen, above 0.
   * @returns whether it has changed.
   */
  learn(examples: number, { squares, known }: Evidence, noise: number): boolean {
    this.#lookAt = examples * NEXT_LOOK;
    const told = (squares / noise + COUNTS_AS * this.#start) / (known + COUNTS_AS);
    if (!(told >= 0)) return false;
    const change = Math.min(Math.max(told / this.#value, 1 / MOST_CHANGE), MOST_CHANGE);
    const value = Math.min(Math.max(this.#value * change, LEAST), MOST);
    if (value < this.#value * LEAST_CHANGE && value > this.#value / LEAST_CHANGE) return false;
    this.#value = value;
    return true;
  }

  write(writer: ByteWriter): void {
    writer.float64(this.#value);
    writer.float64(this.#lookAt);
  }

  /** Reads what `write` wrote. @returns its value, and what makes it so: nothing is changed before that is called. */
  read(reader: ByteReader): { value: number; take: () => void } {
    const value = reader.finite("variance of weights");
    const lookAt = reader.finite("next look at the variance of weights");
    if (!(value >= LEAST && value <= MOST && lookAt > 0)) throw reader.error("its variance of weights is out of range");
    const take = () => {
      this.#value = value;
      this.#lookAt = lookAt;
    };
    return { value, take };
  }
}
