import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import { decidedAt } from "../../shared/evaluation/with-session.ts";

/** Decisions looked at: reading named values costs time. */
const LOOKED_AT = 1000;

/** Counts decisions of which a log tells no time that is understood, for a spec that reads it: they are of the hour 0. */
export class MissingTimes {
  readonly #features: readonly string[];
  #seen = 0;
  #missing = 0;

  constructor({ features }: ModelSpec) {
    const groups = [features.context, features.action].map((group) => Object.entries(group));
    this.#features = groups.flatMap((group) => group.flatMap(([name, { op }]) => (op === "hourOfDay" ? [name] : [])));
  }

  update({ values }: LogEntry): void {
    if (this.#features.length === 0 || this.#seen === LOOKED_AT) return;
    this.#seen++;
    if (decidedAt(values()) === 0) this.#missing++;
  }

  /** Sentences, for before the figures. */
  get doubts(): string[] {
    if (this.#missing === 0) return [];
    const of = this.#features.join(", ");
    return [
      this.#missing === this.#seen
        ? `The log tells no times that are understood, and the spec reads them (${of}): its decisions are taken to be of the hour 0.`
        : `${this.#missing} of the first ${this.#seen} decisions tell no time that is understood, and the spec reads it (${of}): they are taken to be of the hour 0.`,
    ];
  }
}
