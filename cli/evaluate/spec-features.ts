import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { Featurizer } from "../../shared/features/featurizer.ts";
import type { HashedDecision } from "../../shared/features/hashed-decision.ts";
import type { LogEvent } from "../log-files/log-event.ts";
import type { Features } from "./raw-features.ts";

/** The features that a spec makes of the log's values. */
export class SpecFeatures implements Features {
  readonly #featurizer: Featurizer;
  #event: LogEvent | null = null;
  #decision: HashedDecision | null = null;

  constructor(spec: ModelSpec) {
    this.#featurizer = new Featurizer(spec);
  }

  expand(event: LogEvent, action: number, into: FeatureBuffer): void {
    if (this.#event !== event || this.#decision === null) {
      this.#event = event;
      this.#decision = this.#featurizer.hashInPlace(event.values());
    }
    this.#decision.expand(action, into);
  }
}
