/** Bounds of how many are inside at once. `latency`: ms within which half of them are to be answered. */
export type Inside = { least: number; most: number; latency: number };

/** Answers after which it is looked anew how long they took. */
const WINDOW = 32;
const DECREASE = 0.8;

/**
 * How many calls may be inside at once, by how long they take: one more while they are quick and all places are taken, a fifth fewer when they are slow. Additive
 * increase and multiplicative decrease find what there is room for, and come down quickly (Chiu and Jain, Analysis of the increase and decrease algorithms for congestion avoidance,
 * Computer Networks and ISDN Systems 17, 1989). It goes by the median: a part that hangs, and what waits for it, are no reason to let in fewer of the others.
 */
export class Concurrency {
  readonly #inside: Inside;
  #limit: number;
  #took: number[] = [];
  #wasFull = false;

  constructor(inside: Inside) {
    this.#inside = inside;
    this.#limit = Math.min(inside.most, inside.least * 2);
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** One was answered after so many ms. @param full whether another one waited for its place. */
  answered(ms: number, full: boolean): void {
    this.#took.push(ms);
    this.#wasFull ||= full;
    if (this.#took.length < WINDOW) return;
    const median = this.#took.sort((a, b) => a - b)[WINDOW / 2]!;
    const { least, most, latency } = this.#inside;
    if (median > latency) this.#limit = Math.max(least, this.#limit * DECREASE);
    else if (this.#wasFull) this.#limit = Math.min(most, this.#limit + 1);
    this.#took = [];
    this.#wasFull = false;
  }
}
