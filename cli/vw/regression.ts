import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import type { Average } from "./average.ts";
import type { Example } from "./example.ts";
import { Expander } from "./expander.ts";
import { Interactions } from "./interactions.ts";
import { Learners } from "./learners.ts";
import type { VwOptions } from "./options.ts";

/** Learns lines with simple labels, and reports the loss of each prediction before it was learned. */
export class Regression {
  readonly #expander: Expander;
  readonly #learners: Learners;
  readonly #learner: ReturnType<Learners["next"]>;
  readonly #binary: boolean;
  readonly #takesBase: boolean;
  readonly #features = new FeatureBuffer();
  readonly #average: Average;

  constructor(options: VwOptions, average: Average) {
    const { bits, constant, binary, quadratic } = options;
    this.#expander = new Expander({ bits, constant, interactions: new Interactions(quadratic) });
    this.#learners = new Learners(options, bits);
    this.#learner = this.#learners.next();
    this.#binary = binary;
    // VW's coin betting does not look at the third number of a label.
    this.#takesBase = options.learner.type !== "coin";
    this.#average = average;
  }

  example(example: Example): void {
    this.#average.count++;
    const { label, importance, base } = example;
    if (label === null) return;
    this.#expander.expand(example, null, 0, this.#features);
    const loss = this.#learner.learn(this.#features, label, importance, this.#takesBase ? base : 0);
    this.#learners.joint.time += importance;
    this.#average.add(importance * (this.#binary ? this.#binaryLoss(label, loss) : loss), importance);
  }

  /** Whether the sign was wrong; the loss itself for labels that are no signs (as in VW). */
  #binaryLoss(label: number, loss: number): number {
    if (label !== 1 && label !== -1) return loss;
    return label === (this.#learner.prediction > 0 ? 1 : -1) ? 0 : 1;
  }
}
