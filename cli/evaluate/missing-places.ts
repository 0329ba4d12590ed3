import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import { Examination } from "../../shared/versions/examination.ts";

/** Decisions looked at: reading named values costs time. */
const LOOKED_AT = 1000;

/** Counts decisions of which a log does not tell the place, or one that the spec's click model does not name: they are learned as if everybody looked. */
export class MissingPlaces {
  readonly #path: string | null;
  readonly #examination: Examination;
  #seen = 0;
  #missing = 0;

  constructor(spec: ModelSpec) {
    this.#path = spec.reward.examination?.path ?? null;
    this.#examination = new Examination(spec);
  }

  update({ outcome, values }: LogEntry): void {
    if (this.#path === null || outcome === null || this.#seen === LOOKED_AT) return;
    this.#seen++;
    if (this.#examination.probabilityOf(values()) === undefined) this.#missing++;
  }

  /** Sentences, for before the figures. */
  get doubts(): string[] {
    if (this.#missing === 0) return [];
    const key = `reads the place from ${JSON.stringify(this.#path)} of what all actions share (a column of a table; a feature, or namespace.feature, of VW's; of several slots, what the slot has, or "slot", its number from 0)`;
    return [
      this.#missing === this.#seen
        ? `No decision names a place that the spec's reward.examination has: it ${key}, and counts for nothing here. What stood high is taken for better than it is.`
        : `${this.#missing} of the first ${this.#seen} decisions name no place that the spec's reward.examination has, and are learned as if everybody had looked: it ${key}.`,
    ];
  }
}
