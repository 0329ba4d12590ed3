import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import { withSession } from "../../shared/evaluation/with-session.ts";
import { LeftOut } from "../../shared/features/left-out.ts";
import "../../shared/features/other-operators.ts";

/** Decisions looked at: each is hashed anew, and an interaction of it twice. */
const LOOKED_AT = 200;

/** Counts decisions of which actions go without an interaction of the spec, as they would have too many features. */
export class LeftOutActions {
  readonly #spec: ModelSpec;
  readonly #leftOut: LeftOut;
  readonly #found = new Map<string, { decisions: number; actions: number; some: number }>();
  #seen = 0;

  constructor(spec: ModelSpec) {
    this.#spec = spec;
    this.#leftOut = new LeftOut(spec);
  }

  update({ count, values }: Pick<LogEntry, "count" | "values">): void {
    if (this.#seen === LOOKED_AT) return;
    this.#seen++;
    for (const [name, ids] of this.#leftOut.of(withSession(this.#spec, values()))) {
      const found = this.#found.get(name) ?? { decisions: 0, actions: 0, some: 0 };
      found.decisions++;
      found.actions += ids.length;
      if (ids.length < count) found.some++;
      this.#found.set(name, found);
    }
  }

  /** Sentences, for before the figures. */
  get doubts(): string[] {
    return [...this.#found].map(
      ([name, { decisions, actions, some }]) =>
        `In ${decisions} of the first ${this.#seen} decisions ${actions} actions go without ${name}, as it would have more than 8,192 features of theirs${some === 0 ? "" : `, and in ${some} of these other actions do not: they are compared unequally`}. So it is in pages: shorten texts or vectors, or use similarity.`,
    );
  }
}
