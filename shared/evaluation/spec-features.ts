import type { ModelSpec } from "../contract/spec.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { Featurizer } from "../features/featurizer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import "../features/other-operators.ts";
import type { Features, LogEntry } from "./log-entry.ts";
import { withSession } from "./with-session.ts";

/** The features that a spec makes of the log's values. */
export class SpecFeatures implements Features<LogEntry> {
  readonly #spec: ModelSpec;
  readonly #featurizer: Featurizer;
  #entry: LogEntry | null = null;
  #decision: HashedDecision | null = null;

  constructor(spec: ModelSpec) {
    this.#spec = spec;
    this.#featurizer = new Featurizer(spec);
  }

  expand(entry: LogEntry, action: number, into: FeatureBuffer): void {
    if (this.#entry !== entry || this.#decision === null) {
      this.#entry = entry;
      this.#decision = this.#featurizer.hashInPlace(withSession(this.#spec, entry.values()));
    }
    this.#decision.expand(action, into);
  }
}
