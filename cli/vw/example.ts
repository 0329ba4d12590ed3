import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";

/** A cost that was seen: VW's `action:cost:probability`. */
export type ObservedCost = { action: number; cost: number; probability: number };

/** What a class costs, or null: that is to be predicted. VW's `class:cost`. */
export type ClassCost = { label: number; cost: number | null };

/** What became of a slot of a decision (VW's ccb), and which actions it may take: none: all. Actions are numbered from 0. */
export type SlotLabel = { outcome: ObservedCost | null; included: number[] };

/** One line of VW's input: a label and features by slot. Used again for one line after the other. */
export class Example {
  /** Features by slot, which is the first byte of a namespace's name; several namespaces may share one. */
  readonly #slots: (FeatureBuffer | undefined)[] = new Array(256).fill(undefined);
  /** Slots that have features, in the order in which they got their first. */
  readonly slots: number[] = [];
  /** A simple label, or the number of a class; null: none, so the example is only predicted. */
  label: number | null = null;
  importance = 1;
  /** What the prediction starts from. */
  base = 0;
  /** A bandit's label; null: none. */
  observed: ObservedCost | null = null;
  /** What each of some classes costs. */
  readonly costs: ClassCost[] = [];
  /** Of a line that is a slot; null: it is none. */
  slot: SlotLabel | null = null;
  /** Whether its features belong to all lines of the event. */
  shared = false;

  clear(): void {
    // One by one: a length of 0 would give the array's memory back, to be asked for again at the next line.
    for (let slot = this.slots.pop(); slot !== undefined; slot = this.slots.pop()) this.#slots[slot]!.clear();
    this.label = null;
    this.importance = 1;
    this.base = 0;
    this.observed = null;
    if (this.costs.length > 0) this.costs.length = 0;
    this.slot = null;
    this.shared = false;
  }

  /** @param hash of 32 bits. A value of 0 is no feature. */
  add(slot: number, hash: number, value: number): void {
    if (value !== 0) this.open(slot).push(hash, value);
  }

  /** The features of a slot, to add at least one to. */
  open(slot: number): FeatureBuffer {
    let features = this.#slots[slot];
    if (features === undefined) {
      features = new FeatureBuffer(64);
      this.#slots[slot] = features;
    }
    if (features.length === 0) this.slots.push(slot);
    return features;
  }

  /** The features of a slot; undefined or empty when it has none. */
  features(slot: number): FeatureBuffer | undefined {
    return this.#slots[slot];
  }
}
