import type { ByteReader } from "../../artifact/byte-reader.ts";
import type { ByteWriter } from "../../artifact/byte-writer.ts";
import type { StatePart } from "../../artifact/state-part.ts";
import { exp } from "../../math/exp.ts";
import { softplus } from "../../math/logistic.ts";
import { Stack } from "./stack.ts";

/** Learning rate of the shares: 1 is Bayes' rule for log loss. */
const SHARPNESS = 1;
/** Of each share, so much goes back to the start after every example: who was bad once can come back. */
const RETURN = 0.0001;
/** The stacks: how bold each is, and its share at the start. */
const STACKS = [
  { variance: 0.02, share: 0.2 },
  { variance: 0.2, share: 0.05 },
] as const;
/** Where some candidates are trusted, share of each other candidate, and of each stack, at the start: they need evidence of 9 nats. */
const DOUBTED = 1e-4;
/** Least mean squared error that others are held against: nothing may be divided by 0 while all labels were foreseen. */
export const LEAST_ERROR = 1e-280;
/** Share of the newest example in what is called recent. */
const RECENT = 1 / 500;

/**
 * Weighs the scores of a few candidates, example by example, so that their weighted sum does about as well as the best of them, and
 * often better.
 *
 * Two methods in one. Shares by loss: exponential weights with a fixed share (Herbster & Warmuth 1998, "Tracking the best
 * expert"); quick and safe when there are few examples. And stacks, regressions of the label on the candidates' scores (Stack), better than
 * any candidate once they know enough; one is bolder than the other. The stacks are more experts among which the shares are divided.
 * Shares move by evidence and nothing is switched, so nothing flaps; a label that is rare tells much, and may move them far at once.
 *
 * The sum is linear in the candidates' scores. So if these are linear heads it is a linear head, and a page needs one.
 */
export class Mixture implements StatePart {
  /** Weight of each candidate's score in the sum. */
  readonly weights: Float64Array;
  /** Decayed mean loss of each candidate, and of the sum last. */
  readonly recentLosses: Float64Array;
  readonly #count: number;
  readonly #logistic: boolean;
  /** Of each candidate, and of the stacks last; they sum to 1. */
  readonly #shares: Float64Array;
  readonly #start: Float64Array;
  readonly #stacks: readonly Stack[];
  readonly #losses: Float64Array;
  /** Sum of RECENT (1 - RECENT)^n. */
  #seen = 0;

  /**
   * @param logistic whether scores are log-odds, of labels -1 and 1; otherwise loss is squared.
   * @param trusted how many candidates, the last ones, are taken for right until others have shown to be better; 0: all begin alike.
   */
  constructor(count: number, logistic: boolean, trusted = 0) {
    this.#count = count;
    this.#logistic = logistic;
    const stacked = STACKS.reduce((sum, { share }) => sum + share, 0);
    this.#start = new Float64Array(count + STACKS.length).fill((1 - stacked) / count);
    STACKS.forEach(({ share }, j) => {
      this.#start[count + j] = share;
    });
    const others = this.#start.length - trusted;
    if (trusted > 0) this.#start.fill(DOUBTED).fill((1 - others * DOUBTED) / trusted, count - trusted, count);
    this.#shares = this.#start.slice();
    this.#stacks = STACKS.map(({ variance }) => new Stack(count, logistic, variance));
    if (trusted > 0) for (const { weights } of this.#stacks) weights.fill(0).fill(1 / trusted, count - trusted);
    this.#losses = new Float64Array(this.#start.length);
    this.recentLosses = new Float64Array(count + 1);
    this.weights = new Float64Array(count);
    this.#weigh();
  }

  /** The weighted sum of the candidates' scores. */
  sum(scores: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.weights[i]! * scores[i]!;
    return sum;
  }

  /**
   * Whatever an example's importance is, it tells as much as any other about which candidate is right: one that was explored with
   * probability 1/20 stands for 20, and one that was sure to be chosen for a part of one, but neither is more than one label.
   * @param scores what the candidates said before they learned the example.
   * @param base what each of them, and their sum, was added to.
   * @param y the label.
   */
  learn(scores: Float64Array, base: number, y: number): void {
    const count = this.#count;
    const losses = this.#losses;
    const step = RECENT / (this.#seen * (1 - RECENT) + RECENT);
    this.#seen += RECENT * (1 - this.#seen);
    const recent = this.recentLosses;
    for (let i = 0; i < count; i++) {
      losses[i] = this.#loss(scores[i]! + base, y);
      recent[i]! += step * (losses[i]! - recent[i]!);
    }
    recent[count]! += step * (this.#loss(this.sum(scores) + base, y) - recent[count]!);
    // Mean squared error of the sum: the unit of squared losses.
    const variance = Math.max(recent[count]!, LEAST_ERROR);
    for (let j = 0; j < this.#stacks.length; j++) {
      const stack = this.#stacks[j]!;
      const score = stack.sum(scores) + base;
      losses[count + j] = this.#loss(score, y);
      stack.learn(score, y, variance);
    }
    this.#share(this.#logistic ? 1 : 1 / (2 * variance));
    this.#weigh();
  }

  #share(scale: number): void {
    const losses = this.#losses;
    const shares = this.#shares;
    let least = losses[0]!;
    for (let i = 1; i < losses.length; i++) if (losses[i]! < least) least = losses[i]!;
    let total = 0;
    for (let i = 0; i < losses.length; i++) {
      shares[i]! *= exp(-Math.min(SHARPNESS * scale * (losses[i]! - least), 700));
      total += shares[i]!;
    }
    for (let i = 0; i < losses.length; i++) shares[i] = (shares[i]! / total) * (1 - RETURN) + RETURN * this.#start[i]!;
  }

  #weigh(): void {
    for (let i = 0; i < this.#count; i++) {
      let weight = this.#shares[i]!;
      for (let j = 0; j < this.#stacks.length; j++)
        weight += this.#shares[this.#count + j]! * this.#stacks[j]!.weights[i]!;
      this.weights[i] = weight;
    }
  }

  #loss(score: number, y: number): number {
    return this.#logistic ? softplus(-y * score) : (score - y) * (score - y);
  }

  write(writer: ByteWriter): void {
    writer.float64(this.#seen);
    for (const array of this.#arrays()) for (const value of array) writer.float64(value);
  }

  read(reader: ByteReader): () => void {
    const seen = reader.finite("weight of recent examples");
    if (!(seen >= 0 && seen <= 1)) throw reader.error("its weight of recent examples is out of range");
    const read = this.#arrays().map((array) => array.map(() => reader.finite("mixture")));
    const shares = read[0]!;
    if (!shares.every((share) => share >= 0 && share <= 1) || Math.abs(shares.reduce((a, b) => a + b) - 1) > 1e-6)
      throw reader.error("its shares do not sum to 1");
    for (let j = 0; j < this.#stacks.length; j++)
      if (!read[2 + 2 * j]!.every((weight) => Math.abs(weight) <= MAX_WEIGHT))
        throw reader.error("its stack is out of range");
    return () => {
      this.#seen = seen;
      this.#arrays().forEach((array, i) => {
        array.set(read[i]!);
      });
      this.#weigh();
    };
  }

  #arrays(): Float64Array[] {
    return [
      this.#shares,
      this.recentLosses,
      ...this.#stacks.flatMap(({ weights, covariance }) => [weights, covariance]),
    ];
  }
}

/** No stack that was learned comes near it. */
const MAX_WEIGHT = 1e6;
