import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import type { Average } from "./average.ts";
import type { Example } from "./example.ts";
import { Expander } from "./expander.ts";
import { Learners } from "./learners.ts";
import type { VwOptions } from "./options.ts";
import type { Problem } from "./problem.ts";

/** Learns lines with simple labels, and tells the loss of each prediction before it was learned. */
export class Regression implements Problem {
  readonly #expander: Expander;
  readonly #learners: Learners;
  readonly #learner: ReturnType<Learners["next"]>;
  readonly #weights: ReadonlyMap<number, number>;
  readonly #binary: boolean;
  readonly #takesBase: boolean;
  readonly #features = new FeatureBuffer();
  #prediction = 0;

  constructor(options: VwOptions) {
    const { bits, features, binary } = options;
    this.#expander = new Expander({ bits, features });
    this.#learners = new Learners(options, bits);
    this.#learner = this.#learners.next();
    this.#weights = options.classWeights;
    this.#binary = binary;
    // VW's coin betting does not look at the third number of a label.
    this.#takesBase = options.learner.type !== "coin";
  }

  /** @param learns else it is predicted only. */
  example(example: Example, learns: boolean, average: Average): void {
    average.count++;
    const { label, base } = example;
    if (label === null) return;
    const importance = example.importance * (learns ? (this.#weights.get(Math.trunc(label)) ?? 1) : 1);
    this.#expander.expand(example, null, 0, this.#features);
    const start = this.#takesBase ? base : 0;
    const loss = learns ? this.#learner.learn(this.#features, label, importance, start) : this.#predict(label, start);
    if (learns) {
      this.#prediction = this.#learner.prediction;
      this.#learners.joint.time += importance;
    }
    average.add(importance * (this.#binary ? this.#binaryLoss(label, loss) : loss), importance);
  }

  endPass(): void {
    this.#learners.endPass();
  }

  #predict(label: number, base: number): number {
    const { loss } = this.#learners;
    this.#prediction = this.#learner.predict(this.#features, base);
    return loss.value(this.#prediction, loss.label(label));
  }

  /** Whether the sign was wrong; the loss itself for labels that are no signs (as in VW). */
  #binaryLoss(label: number, loss: number): number {
    if (label !== 1 && label !== -1) return loss;
    return label === (this.#prediction > 0 ? 1 : -1) ? 0 : 1;
  }
}
