import type { ModelSpec } from "../contract/spec.ts";
import { callFeature } from "../features/call.ts";
import type { FeaturizerInput } from "../features/hashed-decision.ts";
import "../features/other-operators.ts";
import { Examination } from "../versions/examination.ts";
import { type LoggedInput, withSession } from "./with-session.ts";

/** Decisions looked at: reading named values costs time. */
const LOOKED_AT = 1000;

/** What is missing where a click model by places is told none: its name begins so. */
export const PLACE = "reward.examination";

/** Features that no decision had a value for, of so many. */
export type MissingReport = { names: string[]; decisions: number };

/** Finds the features of a spec that a log has no values for: it may be the log of another model, or name its values otherwise. */
export class MissingFeatures {
  /** What was not found yet: whether a decision has it. */
  readonly #missing = new Map<string, (input: FeaturizerInput) => boolean>();
  readonly #spec: ModelSpec;
  readonly #lookedAt: number;
  #seen = 0;

  /** @param lookedAt how many decisions at most. */
  constructor(spec: ModelSpec, lookedAt = LOOKED_AT) {
    const { features } = spec;
    this.#spec = spec;
    this.#lookedAt = lookedAt;
    for (const name of Object.keys(features.session))
      this.#missing.set(`session.${name}`, ({ sessionFeatures }) => (sessionFeatures[name] ?? null) !== null);
    for (const [name, operator] of Object.entries(features.context)) {
      const compute = callFeature(operator);
      this.#missing.set(`context.${name}`, (input) => compute(input.context, input) !== null);
    }
    for (const [name, operator] of Object.entries(features.action)) {
      const compute = callFeature(operator);
      this.#missing.set(`action.${name}`, (input) =>
        input.actions.some(({ id, features }) => compute(features, input, id) !== null),
      );
    }
    const { examination } = spec.reward;
    if (examination) {
      const places = new Examination(spec);
      this.#missing.set(`${PLACE} (context.${examination.path})`, (input) => places.probabilityOf(input) !== undefined);
    }
  }

  update(values: () => LoggedInput): void {
    if (this.#seen === this.#lookedAt || this.#missing.size === 0) return;
    this.#seen++;
    const input = withSession(this.#spec, values());
    for (const [name, has] of this.#missing) if (has(input)) this.#missing.delete(name);
  }

  /** Their names, and how many decisions were looked at. */
  get report(): MissingReport {
    return { names: [...this.#missing.keys()], decisions: this.#seen };
  }

  /** Goes on from what another of the same spec has reported. */
  read({ names, decisions }: MissingReport): void {
    for (const name of this.#missing.keys()) if (!names.includes(name)) this.#missing.delete(name);
    this.#seen = decisions;
  }
}
