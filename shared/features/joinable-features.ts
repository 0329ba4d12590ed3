import { FeatureBuffer, type KeptParts } from "./featurebuffer.ts";
import { KIND } from "./numeric.ts";

/** Features that were pushed together, such as those of one namespace, ready to be joined with others. */
export type Joinable = {
  readonly among: JoinableFeatures;
  /** Where they begin in `features`, and before what they end. */
  readonly start: number;
  readonly end: number;
  /** The same in `linear` and `fine`. */
  readonly linear: readonly [start: number, end: number];
  readonly fine: readonly [start: number, end: number];
  /** Where each block of them begins in `order`, and where the last one ends. */
  readonly blocks: readonly number[];
};

/**
 * The block that a feature is joined with in a pass (numeric.ts). @param kinds its hash; or what it shares with one that both are joined with.
 * @returns -1: it is joined with none.
 */
export function blockOf(pass: number, kinds: number): number {
  if (pass === 0) return 0;
  // In the second, a category is joined with what is not straight, and what is not straight with its kind and categories.
  return pass === 1 ? ((kinds >>> KIND) & 1) - 1 : kinds >>> (KIND + 1) || -1;
}

/** Features that are joined with others, and what of treated numbers is not. */
export class JoinableFeatures {
  readonly features: FeatureBuffer;
  /** Of treated numbers, and joined with none. */
  readonly linear: FeatureBuffer;
  readonly fine: FeatureBuffer;
  /** Whether what is joined has kinds (numeric.ts). */
  readonly ranked: boolean;
  /**
   * By place in `features`. So that no pair is looked at in vain, those that a feature of some kind is joined with follow each other, in blocks: the straight ones, the
   * stepwise ones, the finest ones, and all but the straight ones; without kinds, all.
   */
  readonly order: number[] = [];
  #last = this.#none();

  constructor(ranked: boolean, parts: KeptParts | null) {
    const buffer = () => {
      const buffer = new FeatureBuffer(64);
      buffer.parts = parts?.another() ?? null;
      return buffer;
    };
    this.ranked = ranked;
    this.features = buffer();
    this.linear = buffer();
    this.fine = buffer();
  }

  clear(): void {
    for (const buffer of [this.features, this.linear, this.fine]) {
      buffer.length = 0;
      buffer.parts = buffer.parts?.another() ?? null;
    }
    this.#last = this.#none();
  }

  #none(): Joinable {
    return { among: this, start: 0, end: 0, linear: [0, 0], fine: [0, 0], blocks: [0] };
  }

  /** Makes ready what was pushed since this was called last. */
  joinable(): Joinable {
    const { features, order, ranked } = this;
    const { end: start, linear, fine, blocks: before } = this.#last;
    const { indices, length: end } = features;
    let n = before.at(-1)!;
    const blocks = [n];
    for (let block = 0; block < (ranked ? 4 : 1); block++) {
      for (let i = start; i < end; i++) {
        const kind = indices[i]! >>> KIND;
        if (!ranked || (block > 2 ? ~kind & 1 : (kind >> block) & 1)) order[n++] = i;
      }
      blocks.push(n);
    }
    this.#last = {
      among: this,
      start,
      end,
      linear: [linear[1], this.linear.length],
      fine: [fine[1], this.fine.length],
      blocks,
    };
    return this.#last;
  }
}

/** How many features `joinable` has in a block. */
export const sizeOf = ({ blocks }: Joinable, block: number): number => blocks[block + 1]! - blocks[block]!;
