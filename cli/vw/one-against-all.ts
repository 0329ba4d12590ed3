import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import type { Learner } from "../../shared/online/learner.ts";
import { InputError } from "../files/input-error.ts";
import type { Average } from "./average.ts";
import type { ClassOptions } from "./class-options.ts";
import type { Example } from "./example.ts";
import { Expander } from "./expander.ts";
import { bitsOfModels } from "./index-of-action.ts";
import { Learners } from "./learners.ts";
import type { VwOptions } from "./options.ts";
import type { Problem } from "./problem.ts";

/** Learns which of several classes an example has (VW's `--oaa`): one model for each, of it against all others. Tells how often the best one was wrong. */
export class OneAgainstAll implements Problem {
  readonly #options: ClassOptions;
  readonly #weights: ReadonlyMap<number, number>;
  readonly #expander: Expander;
  readonly #learners: Learners;
  readonly #models: Learner[];
  readonly #features = new FeatureBuffer();
  /** The number of the first class; null: not known yet. */
  #first: 0 | 1 | null;

  constructor(options: VwOptions, classes: ClassOptions) {
    const { count, first } = classes;
    const bits = options.bits - bitsOfModels(count, false);
    if (bits < 1)
      throw new InputError(`a table of 2^${options.bits} has no room for ${count} models: give a larger -b`);
    this.#options = classes;
    this.#weights = options.classWeights;
    this.#first = first;
    this.#expander = new Expander({ bits, features: options.features });
    this.#learners = new Learners(options, bits);
    this.#models = Array.from({ length: count }, () => this.#learners.next());
  }

  example(example: Example, learns: boolean, average: Average): void {
    average.count++;
    const { label } = example;
    if (label === null) return;
    this.#expander.expand(example, null, 0, this.#features);
    const best = this.#best();
    let predicted = best + (this.#first ?? 1);
    const weight = example.importance * (learns ? (this.#weights.get(label) ?? 1) : 1);
    if (learns) this.#learn(label, weight);
    // With scores VW says which is the best only after it has learned what the first class is called.
    if (this.#options.scores) predicted = best + (this.#first ?? 1);
    average.add(predicted === label ? 0 : weight, weight);
  }

  endPass(): void {
    this.#learners.endPass();
  }

  /** The first of the classes with the highest score. */
  #best(): number {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    this.#models.forEach((model, i) => {
      const score = model.predict(this.#features);
      if (score <= most) return;
      best = i;
      most = score;
    });
    return best;
  }

  /** A label that is none of the classes is learned as one of the others by all of them. */
  #learn(label: number, weight: number): void {
    if (label === 0) this.#first ??= 0;
    if (label === this.#options.count) this.#first ??= 1;
    const own = label - (this.#first ?? 1);
    this.#models.forEach((model, i) => {
      model.learn(this.#features, i === own ? 1 : -1, weight);
    });
    this.#learners.joint.time += weight;
  }
}
