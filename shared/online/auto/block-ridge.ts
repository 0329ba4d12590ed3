import type { ByteReader } from "../../artifact/byte-reader.ts";
import type { ByteWriter } from "../../artifact/byte-writer.ts";
import type { StatePart } from "../../artifact/state-part.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { isStraight } from "../../features/straight-features.ts";
import type { PriorVariance } from "./prior-variance.ts";
import { MOST_IN_BLOCK, RidgeBlock } from "./ridge-block.ts";

/**
 * The constant's: labels may lie anywhere, hundreds of times as far from 0 as they scatter. Where it is held back, others take its part; then weights seem large, are held back less, and take more: with 1, an action
 * that was new was taken for worth nothing where rewards were .8, give or take .03.
 */
const VARIANCE_OF_CONSTANT = 1e4;
/**
 * Weights are taken to have so many times the variance that they show: they are learned of what was chosen, and what is held back too much is not chosen. With once as much, worlds that are linear and numbers that
 * decide alone were learned later than with one variance for all (docs/adr/0036-how-large-weights-are.md).
 */
const BOLDNESS = 3;
/** Most covariances in all: what a state has, and most that one example can take the time of. */
const MOST_COVARIANCES = 2 ** 15;
/** When there are more, the blocks that were not met for longest are forgotten, down to so many. */
const KEPT_COVARIANCES = 0.75 * MOST_COVARIANCES;

/** A feature's place: its block, times this, and its place there, plus 1; 0: it has none. */
const PLACES = 2 * MOST_IN_BLOCK;

/**
 * Ridge regression online (Kalman's filter; the forecaster of Azoury & Warmuth 2001) that knows how features come together: each example corrects also what it says nothing of by itself. It sees
 * the constant, an action's own features, and the interactions that are joined first (numeric.ts): what an action is worth to a visitor is mostly linear in those.
 *
 * All covariances would be too many, so features are kept in blocks, and of the covariances only those within a block (the covariance of the posterior, projected on blocks with each example: assumed density filtering,
 * Opper 1998). Features that come together for the first time make a block; a new one goes to the block of the interactions that it came with. So where actions have numbers, or few categories, there is
 * one block, and ridge regression is exact; where each action has an id only, there is one for each: the two ways in which LinUCB is written.
 */
export class BlockRidge implements StatePart {
  #blocks: RidgeBlock[] = [];
  /** Of each index. */
  readonly #places: Int32Array;
  #covariances = 0;
  /** Blocks of the last example. */
  #met: RidgeBlock[] = [];
  #examples = 0;
  /** Which of an example's features it sees. */
  #seen = new Int32Array(64);
  #count = 0;

  readonly #prior: PriorVariance;
  /** Its index; -1: it was not met. */
  #constant = -1;
  readonly #isConstant = (index: number): boolean => index === this.#constant;

  /**
   * @param size number of indices.
   * @param prior the weights' variance, in units of the labels' noise, for features over their largest value.
   */
  constructor(size: number, prior: PriorVariance) {
    this.#prior = prior;
    this.#places = new Int32Array(size);
  }

  /** That of a weight before anything is known of it, in units of the labels' noise. */
  get #variance(): number {
    return BOLDNESS * this.#prior.value;
  }

  score(x: FeatureBuffer): number {
    this.#look(x);
    let sum = 0;
    for (let n = 0; n < this.#count; n++) {
      const i = this.#seen[n]!;
      const place = this.#places[x.indices[i]!]!;
      if (place !== 0) sum += this.#blocks[Math.floor(place / PLACES)]!.product((place % PLACES) - 1, x.values[i]!);
    }
    return sum;
  }

  /**
   * Learns the example that was scored last.
   * @param error of its score.
   * @param importance above 0.
   * @param inverse gives 1 over an index's scale, which may only become smaller.
   * @param changed is told, from time to time, of indices whose weights have changed, and of those that are forgotten.
   */
  learn(
    x: FeatureBuffer,
    error: number,
    importance: number,
    inverse: (index: number) => number,
    changed: (index: number) => void,
  ): void {
    const { indices, values } = x;
    const places = this.#places;
    this.#examples++;
    this.#place(x, inverse, changed);
    const met = this.#met;
    met.length = 0;
    for (let n = 0; n < this.#count; n++) {
      const index = indices[this.#seen[n]!]!;
      const place = places[index]!;
      if (place === 0) continue;
      const block = this.#blocks[Math.floor(place / PLACES)]!;
      if (block.met !== this.#examples) {
        block.meet(this.#examples);
        met.push(block);
      }
      block.rescale((place % PLACES) - 1, inverse(index), this.#variance);
    }
    for (let n = 0; n < this.#count; n++) {
      const i = this.#seen[n]!;
      const place = places[indices[i]!]!;
      if (place !== 0) this.#blocks[Math.floor(place / PLACES)]!.take((place % PLACES) - 1, values[i]!);
    }
    let spread = 0;
    for (const block of met) spread += block.spread();
    const told = importance / (1 + importance * Math.max(spread, 0));
    if (!Number.isFinite(told * error)) return;
    for (const block of met) {
      block.learn(told, error);
      if (block.isDue) block.tell(changed);
    }
  }

  /**
   * From time to time, asks the weights what variance they had before anything was known of them.
   * @param noise variance of the labels around its scores, above 0.
   * @param changed as of `learn`.
   */
  learnPrior(noise: number, changed: (index: number) => void): void {
    const prior = this.#prior;
    if (!prior.isDue(this.#examples)) return;
    const evidence = { squares: 0, known: 0 };
    for (const block of this.#blocks) block.addEvidence(evidence, this.#isConstant);
    if (!prior.learn(this.#examples, evidence, noise)) return;
    for (const block of this.#blocks) {
      block.setPrior(this.#variance, this.#isConstant);
      block.tell(changed);
    }
  }

  knows(index: number): boolean {
    return this.#places[index] !== 0;
  }

  weight(index: number): number {
    const place = this.#places[index]!;
    return place === 0 ? 0 : this.#blocks[Math.floor(place / PLACES)]!.weight((place % PLACES) - 1);
  }

  /** Tells of all weights. */
  tell(each: (index: number) => void): void {
    for (const block of this.#blocks) block.tell(each);
  }

  /** Finds which of the features it sees. */
  #look(x: FeatureBuffer): void {
    const straight = x.straight || x.length;
    if (this.#seen.length < straight) this.#seen = new Int32Array(2 * straight);
    const seen = this.#seen;
    let count = 0;
    if (straight > 0) seen[count++] = 0;
    // What all actions have in common says nothing of which is the best, and finer features of numbers are too many.
    for (let i = Math.max(x.common, 1); i < straight; i++) if (isStraight(x, i)) seen[count++] = i;
    this.#count = count;
  }

  /** Finds places for features that have none. */
  #place(x: FeatureBuffer, inverse: (index: number) => number, changed: (index: number) => void): void {
    const { indices } = x;
    const places = this.#places;
    let fresh = 0;
    for (let n = 0; n < this.#count; n++) fresh += Number(places[indices[this.#seen[n]!]!] === 0);
    if (fresh === 0) return;
    let home = this.#homeOf(x);
    for (let n = 0; n < this.#count; n++) {
      const i = this.#seen[n]!;
      const index = indices[i]!;
      const scale = inverse(index);
      // One that was always 0 has no scale.
      if (places[index] !== 0 || !(scale > 0)) continue;
      if (home < 0 || this.#blocks[home]!.isFull) {
        home = this.#blocks.length;
        const block = new RidgeBlock();
        // It is met below; until then it is not to be the one that is forgotten.
        block.met = this.#examples - 1;
        this.#blocks.push(block);
      }
      const block = this.#blocks[home]!;
      this.#covariances += 2 * block.length + 1;
      const at = block.add(index, scale, i === 0 ? VARIANCE_OF_CONSTANT : this.#variance);
      if (i === 0) this.#constant = index;
      places[index] = home * PLACES + at + 1;
    }
    if (this.#covariances > MOST_COVARIANCES) this.#forget(changed);
  }

  /** The block that most of the example's interactions are in, and that has room; -1: there is none. */
  #homeOf(x: FeatureBuffer): number {
    const counts = new Map<number, number>();
    for (let n = 0; n < this.#count; n++) {
      const i = this.#seen[n]!;
      const place = this.#places[x.indices[i]!]!;
      if (place === 0 || i < x.singles) continue;
      const block = Math.floor(place / PLACES);
      counts.set(block, (counts.get(block) ?? 0) + 1);
    }
    let home = -1;
    let most = 0;
    for (const [block, count] of counts)
      if (count > most && !this.#blocks[block]!.isFull) [home, most] = [block, count];
    return home;
  }

  #forget(changed: (index: number) => void): void {
    const oldest = this.#blocks.toSorted((a, b) => a.met - b.met);
    const gone = new Set<RidgeBlock>();
    for (const block of oldest) {
      if (this.#covariances <= KEPT_COVARIANCES) break;
      gone.add(block);
      this.#covariances -= block.length * block.length;
    }
    for (const block of gone)
      for (const index of block.indices) {
        this.#places[index] = 0;
        changed(index);
      }
    this.#blocks = this.#blocks.filter((block) => !gone.has(block));
    this.#settle();
  }

  /** Notes the places of all features. */
  #settle(): void {
    this.#blocks.forEach(({ indices }, b) => {
      indices.forEach((index, at) => {
        this.#places[index] = b * PLACES + at + 1;
      });
    });
  }

  write(writer: ByteWriter): void {
    writer.float64(this.#examples);
    this.#prior.write(writer);
    writer.varint(this.#constant + 1);
    writer.varint(this.#blocks.length);
    for (const block of this.#blocks) block.write(writer, this.#variance);
  }

  read(reader: ByteReader): () => void {
    const examples = reader.finite("number of examples of the ridge regression");
    const prior = this.#prior.read(reader);
    const constant = reader.varint("index of the constant, plus 1") - 1;
    if (constant >= this.#places.length) throw reader.error("its constant is out of range");
    const count = reader.varint("number of blocks");
    const blocks: RidgeBlock[] = [];
    const taken = new Set<number>();
    let covariances = 0;
    for (let b = 0; b < count; b++) {
      const block = new RidgeBlock();
      block.read(reader, BOLDNESS * prior.value);
      covariances += block.length * block.length;
      if (covariances > MOST_COVARIANCES) throw reader.error("it has too many covariances");
      for (const index of block.indices) {
        if (index >= this.#places.length || taken.has(index))
          throw reader.error("a feature of its blocks is out of range");
        taken.add(index);
      }
      blocks.push(block);
    }
    return () => {
      this.#examples = examples;
      prior.take();
      this.#constant = constant;
      this.#blocks = blocks;
      this.#covariances = covariances;
      this.#met.length = 0;
      this.#places.fill(0);
      this.#settle();
    };
  }
}
