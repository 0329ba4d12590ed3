import type { FeatureValue } from "../contract/values.ts";
import { FeatureBuffer, type KeptParts } from "./featurebuffer.ts";
import { KIND } from "./kind.ts";

/** In the order in which features are expanded: those that are joined with others; of treated numbers, and joined with none, the linear ones, and the fine ones. */
export const SECTIONS = ["joined", "linear", "fine"] as const;

/** Features that were pushed together, such as those of one namespace, ready to be joined with others. */
export type Joinable = {
  readonly among: JoinableFeatures;
  /** Of each section, where they begin, and before what they end. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Where each block of them begins in `order`, and where the last one ends. */
  readonly blocks: readonly number[];
  /** Of an action, what they were made of. */
  values?: readonly FeatureValue[];
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
  readonly joined = new FeatureBuffer(64);
  readonly linear = new FeatureBuffer(64);
  readonly fine = new FeatureBuffer(64);
  /** Whether what is joined has kinds (numeric.ts). */
  readonly ranked: boolean;
  /**
   * By place in `joined`. So that no pair is looked at in vain, those that a feature of some kind is joined with follow each other, in blocks: the straight ones, the
   * stepwise ones, the finest ones, and all but the straight ones; without kinds, all.
   */
  readonly order: number[] = [];
  #ends: readonly number[] = NONE;
  #ordered = 0;

  constructor(ranked: boolean, parts: KeptParts | null) {
    this.ranked = ranked;
    for (const section of SECTIONS) this[section].parts = parts?.another() ?? null;
  }

  clear(): void {
    for (const section of SECTIONS) {
      const buffer = this[section];
      buffer.length = 0;
      buffer.parts = buffer.parts?.another() ?? null;
    }
    this.#ends = NONE;
    this.#ordered = 0;
  }

  /** Makes ready what was pushed since this was called last. */
  joinable(): Joinable {
    const { joined, order, ranked } = this;
    const { indices, length } = joined;
    const starts = this.#ends;
    let n = this.#ordered;
    const blocks = [n];
    for (let block = 0; block < (ranked ? 4 : 1); block++) {
      for (let i = starts[0]!; i < length; i++) {
        const kind = indices[i]! >>> KIND;
        if (!ranked || (block > 2 ? ~kind & 1 : (kind >> block) & 1)) order[n++] = i;
      }
      blocks.push(n);
    }
    this.#ordered = n;
    this.#ends = [length, this.linear.length, this.fine.length];
    return { among: this, starts, ends: this.#ends, blocks };
  }
}

const NONE = [0, 0, 0];

/** How many features `joinable` has in a block; 3: how many categories, which the second and the third have, and the fourth has not. */
export const sizeOf = (joinable: Joinable, block: number): number =>
  block > 2
    ? (sizeOf(joinable, 1) + sizeOf(joinable, 2) - (joinable.blocks[4]! - joinable.blocks[3]!)) / 2
    : joinable.blocks[block + 1]! - joinable.blocks[block]!;
