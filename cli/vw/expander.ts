import type { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { CONSTANT, interact2 } from "../../shared/features/hash.ts";
import type { Example } from "./example.ts";
import type { FeatureOptions } from "./feature-options.ts";
import { withGrams } from "./grams.ts";
import { type Interaction, Interactions } from "./interactions.ts";

/** The index of a feature for one of several actions that share an example. */
export type ActionIndex = (hash: number, action: number) => number;

/** What an Expander is made with. */
export type ExpanderOptions = {
  /** Size of the learner's table. */
  bits: number;
  features: FeatureOptions;
  actionIndex?: ActionIndex;
};

/** Turns parsed lines into all their features: those of the line, of what it shares, the constant and the interactions. */
export class Expander {
  readonly #mask: number;
  readonly #features: FeatureOptions;
  readonly interactions: Interactions;
  readonly #actionIndex: ActionIndex | null;
  /** Where the features of each slot are in the buffer. */
  readonly #starts = new Int32Array(256);
  readonly #ends = new Int32Array(256);
  readonly #slots: number[] = [];

  constructor({ bits, features, actionIndex }: ExpanderOptions) {
    this.#mask = 2 ** bits - 1;
    this.#features = features;
    this.interactions = new Interactions(features.interactions, features.rules);
    this.#actionIndex = actionIndex ?? null;
  }

  /**
   * Replaces what `into` holds.
   * @param shared features that the line shares with others: they follow its own, slot by slot.
   * @param action which action it is, where all have the same line.
   */
  expand(line: Example, shared: Example | null, action: number, into: FeatureBuffer): void {
    into.clear();
    const { constant, onlyInteracting } = this.#features;
    for (const slot of line.slots) this.#append(slot, line.features(slot)!, shared?.features(slot), action, into);
    if (constant && onlyInteracting?.[CONSTANT_SLOT] !== 1) into.push(this.#index(CONSTANT, action), 1);
    if (shared !== null)
      for (const slot of shared.slots)
        if (!line.features(slot)?.length) this.#append(slot, shared.features(slot)!, undefined, action, into);
    if (!this.interactions.none) this.#interact(into);
    if (onlyInteracting !== null) this.#takeOut(onlyInteracting, into);
    // One by one: see Example.clear.
    for (let slot = this.#slots.pop(); slot !== undefined; slot = this.#slots.pop())
      this.#starts[slot] = this.#ends[slot] = 0;
  }

  #append(
    slot: number,
    own: FeatureBuffer,
    shared: FeatureBuffer | undefined,
    action: number,
    into: FeatureBuffer,
  ): void {
    if (this.#features.ignored?.[slot] === 1) return;
    this.#slots.push(slot);
    this.#starts[slot] = into.length;
    this.#copy(this.#withGrams(slot, own), action, into);
    if (shared !== undefined) this.#copy(this.#withGrams(slot, shared), action, into);
    this.#ends[slot] = into.length;
  }

  #withGrams(slot: number, features: FeatureBuffer): FeatureBuffer {
    const { grams, skips } = this.#features;
    return grams === null ? features : withGrams(features, grams[slot]!, skips?.[slot] ?? 0);
  }

  #copy(from: FeatureBuffer, action: number, into: FeatureBuffer): void {
    const { length } = from;
    into.reserve(length);
    const { indices, values } = into;
    const at = into.length;
    const hashes = from.indices;
    const numbers = from.values;
    const mask = this.#mask;
    if (this.#actionIndex === null) for (let i = 0; i < length; i++) indices[at + i] = hashes[i]! & mask;
    else for (let i = 0; i < length; i++) indices[at + i] = this.#actionIndex(hashes[i]!, action) & mask;
    for (let i = 0; i < length; i++) values[at + i] = numbers[i]!;
    into.length = at + length;
  }

  #index(hash: number, action: number): number {
    return (this.#actionIndex === null ? hash : this.#actionIndex(hash, action)) & this.#mask;
  }

  /** The lowest bits of an interaction depend on no others than the lowest of what interacts: so indices are masked before. */
  #interact(into: FeatureBuffer): void {
    for (const slots of this.interactions.of(this.#slots))
      if (slots.length === 2) this.#pair(slots[0]!, slots[1]!, into);
      else this.#combine(slots, 0, 0, 0, 1, into);
  }

  #pair(first: number, second: number, into: FeatureBuffer): void {
    const mask = this.#mask;
    const from = this.#starts[second]!;
    const to = this.#ends[second]!;
    const once = first === second && !this.#features.rules.permutations;
    for (let i = this.#starts[first]!; i < this.#ends[first]!; i++) {
      // Within one slot every two features meet once, and each meets itself.
      const begin = once ? i : from;
      into.reserve(Math.max(0, to - begin));
      const { indices, values } = into;
      const a = indices[i]!;
      const value = values[i]!;
      let n = into.length;
      for (let j = begin; j < to; j++, n++) {
        indices[n] = interact2(a, indices[j]!) & mask;
        values[n] = Math.fround(value * values[j]!);
      }
      into.length = n;
    }
  }

  /** @param at of the slot before; `index` and `value` are of the features that are combined so far. */
  #combine(slots: Interaction, depth: number, at: number, index: number, value: number, into: FeatureBuffer): void {
    const slot = slots[depth]!;
    const again = depth > 0 && slot === slots[depth - 1] && !this.#features.rules.permutations;
    for (let i = again ? at : this.#starts[slot]!; i < this.#ends[slot]!; i++) {
      const own = into.indices[i]!;
      const combined = depth === 0 ? own : interact2(index, own) & this.#mask;
      const product = Math.fround(value * into.values[i]!);
      if (depth < slots.length - 1) this.#combine(slots, depth + 1, i, combined, product, into);
      else into.push(combined, product);
    }
  }

  /** Takes the features of some slots out again: only their interactions stay. */
  #takeOut(slots: Uint8Array, into: FeatureBuffer): void {
    const { indices, values } = into;
    let to = 0;
    let from = 0;
    const keepUpTo = (end: number): void => {
      for (; from < end; from++, to++) {
        indices[to] = indices[from]!;
        values[to] = values[from]!;
      }
    };
    for (const slot of this.#slots)
      if (slots[slot] === 1) {
        keepUpTo(this.#starts[slot]!);
        from = this.#ends[slot]!;
      }
    keepUpTo(into.length);
    into.length = to;
  }
}

/** The slot that VW keeps the constant in. */
const CONSTANT_SLOT = 128;
