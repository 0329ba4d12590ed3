import { InputError } from "../files/input-error.ts";
import type { Average } from "./average.ts";
import { BanditModel } from "./bandit-model.ts";
import type { BanditOptions } from "./bandit-options.ts";
import { Example } from "./example.ts";
import { type Hashing, hashOf } from "./hashing.ts";
import { SLOT_FEATURES, SLOT_ID } from "./interactions.ts";
import type { VwOptions } from "./options.ts";
import type { Problem } from "./problem.ts";
import { sampled } from "./sampled.ts";
import type { SlotEvent } from "./slot-events.ts";
import { DEFAULT_SLOT } from "./text.ts";

const fround = Math.fround;

/**
 * Learns decisions of several slots (VW's `--ccb_explore_adf`): one decision after the other, each with the features of its slot, among the actions that are
 * left. Tells what the policy would have cost in the first slot, or in all of them.
 */
export class SlotDecisions implements Problem {
  readonly #hashing: Hashing;
  readonly #countsAll: boolean;
  readonly #model: BanditModel;
  /** Whether slots are told apart: from the first decision on that has several, or whose slot has features. */
  #tellsApart = false;

  constructor(options: VwOptions, bandit: BanditOptions, countsAll: boolean) {
    this.#hashing = options.hashing;
    this.#countsAll = countsAll;
    this.#model = new BanditModel(options, bandit);
  }

  slots({ shared, actions, slots }: SlotEvent, learns: boolean, average: Average): void {
    if (slots.length > actions.length)
      throw new InputError(`${slots.length} slots cannot be filled with ${actions.length} actions`);
    average.count++;
    if (!this.#tellsApart && (slots.length > 1 || (slots[0]?.slots.length ?? 0) > 0)) {
      this.#tellsApart = true;
      this.#model.addSlotIds();
    }
    const taken = new Set<number>();
    let loss = 0;
    slots.forEach((slot, i) => {
      const { outcome, included } = slot.slot!;
      const candidates = [...actions.keys()].filter(
        (action) => !taken.has(action) && (included.length === 0 || included.includes(action)),
      );
      if (candidates.length === 0) return;
      this.#take(
        shared,
        slot,
        i,
        candidates.map((action) => actions[action]!),
      );
      const distribution = this.#model.distribution(candidates.length);
      const logged = outcome === null ? -1 : candidates.indexOf(outcome.action);
      if (logged >= 0 && learns) {
        const observed = { ...outcome!, action: logged };
        this.#model.learn(this.#model.decision(candidates.length, observed, shared.importance));
      }
      // What is learned was taken; else an action is sampled.
      const action = logged >= 0 && learns ? logged : sampled(distribution, this.#model.draw()).action;
      taken.add(candidates[action]!);
      if (action === logged && (i === 0 || this.#countsAll))
        loss += fround(distribution.probabilities[logged]! * fround(outcome!.cost / outcome!.probability));
    });
    if (!slots.some(({ slot }) => slot!.outcome !== null)) return;
    average.add(shared.importance * loss, shared.importance);
  }

  endPass(): void {
    this.#model.endPass();
  }

  #take(shared: Example, slot: Example, position: number, actions: readonly Example[]): void {
    const context = new Example();
    append(shared, context, (name) => name);
    append(slot, context, (name) => (name === DEFAULT_SLOT ? SLOT_FEATURES : name));
    if (this.#tellsApart) context.add(SLOT_ID, this.#idOf(position), 1);
    actions.forEach((action, i) => {
      this.#model.take(i, action, context);
    });
  }

  #idOf(position: number): number {
    return hashOf(this.#hashing, `index${position}`, hashOf(this.#hashing, "_id", this.#hashing.seed));
  }
}

function append(from: Example, to: Example, nameOf: (slot: number) => number): void {
  for (const slot of from.slots) {
    const { indices, values, length } = from.features(slot)!;
    for (let i = 0; i < length; i++) to.add(nameOf(slot), indices[i]!, values[i]!);
  }
}
