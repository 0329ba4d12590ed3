import type { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { CONSTANT, interact2 } from "../../shared/features/hash.ts";
import type { Example } from "./example.ts";
import type { Interactions } from "./interactions.ts";

/** The index of a feature for one of several actions that share an example. */
export type ActionIndex = (hash: number, action: number) => number;

/** What an Expander is made with. */
export type ExpanderOptions = {
  /** Size of the learner's table. */
  bits: number;
  /** Whether every example has the constant feature. */
  constant: boolean;
  interactions: Interactions;
  actionIndex?: ActionIndex;
};

/** Turns parsed lines into all their features: those of the line, of what it shares, the constant and the interactions. */
export class Expander {
  readonly #mask: number;
  readonly #constant: boolean;
  readonly #interactions: Interactions;
  readonly #actionIndex: ActionIndex | null;
  /** Where the features of each slot are in the buffer. */
  readonly #starts = new Int32Array(256);
  readonly #ends = new Int32Array(256);
  readonly #slots: number[] = [];

  constructor({ bits, constant, interactions, actionIndex }: ExpanderOptions) {
    this.#mask = 2 ** bits - 1;
    this.#constant = constant;
    this.#interactions = interactions;
    this.#actionIndex = actionIndex ?? null;
  }

  /**
   * Replaces what `into` holds.
   * @param shared features that the line shares with others: they follow its own, slot by slot.
   * @param action which action it is, where all have the same line.
   */
  expand(line: Example, shared: Example | null, action: number, into: FeatureBuffer): void {
    into.clear();
    for (const slot of line.slots) this.#append(slot, line.features(slot)!, shared?.features(slot), action, into);
    if (this.#constant) into.push(this.#index(CONSTANT, action), 1);
    if (shared !== null)
      for (const slot of shared.slots)
        if (!line.features(slot)?.length) this.#append(slot, shared.features(slot)!, undefined, action, into);
    if (!this.#interactions.none) this.#interact(into);
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
    this.#slots.push(slot);
    this.#starts[slot] = into.length;
    this.#copy(own, action, into);
    if (shared !== undefined) this.#copy(shared, action, into);
    this.#ends[slot] = into.length;
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
    const mask = this.#mask;
    for (const [first, second] of this.#interactions.pairs(this.#slots)) {
      const from = this.#starts[second]!;
      const to = this.#ends[second]!;
      for (let i = this.#starts[first]!; i < this.#ends[first]!; i++) {
        // Within one slot every two features meet once, and each meets itself.
        const begin = first === second ? i : from;
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
  }
}
