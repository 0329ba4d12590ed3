import type { DecisionRecord } from "../contract/record.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { reader } from "../features/call-operators.ts";

/** What of a spec says how probable it is that a visitor looks at a place at all. */
export type ExaminedSpec = Pick<ModelSpec, "reward">;

/** What is learned of a value: of what it is, and how much that counts. */
export type Examined = { value: number; importance: number };

/**
 * The position-based click model (examination hypothesis, Craswell et al. 2008): what a place earns is what its action is worth to whoever looks at it, with the probability of
 * being looked at, and else what is learned of no feedback. So what is learned of an action at a place is (value - default) / probability + default, which on average is what it is worth wherever it
 * stands, and counts probability times, as it scatters so much more.
 */
export class Examination {
  readonly #read: ReturnType<typeof reader> | null;
  readonly #probabilities: ReadonlyMap<string, number>;
  readonly #missed: number;

  constructor({ reward: { examination, default: missed } }: ExaminedSpec) {
    this.#read = examination ? reader(examination.path) : null;
    this.#probabilities = new Map(Object.entries(examination?.probabilities ?? {}));
    this.#missed = missed ?? 0;
  }

  /** @param value feedback within the range of rewards. */
  of(decision: Pick<DecisionRecord, "context">, value: number): Examined {
    const probability = this.probabilityOf(decision) ?? 1;
    if (probability === 1) return { value, importance: 1 };
    return { value: this.#missed + (value - this.#missed) / probability, importance: probability };
  }

  /** What is seen at its place of what the action shown there earns from whoever looks. @param worth what it is, as it is learned. */
  seen(decision: Pick<DecisionRecord, "context">, worth: number): number {
    return this.#missed + (worth - this.#missed) * (this.probabilityOf(decision) ?? 1);
  }

  /** How probable it is that a visitor looks at its place; undefined: the spec does not name that, and it is taken to be 1. */
  probabilityOf({ context }: Pick<DecisionRecord, "context">): number | undefined {
    const place = this.#read?.(context);
    return typeof place === "object" ? undefined : this.#probabilities.get(String(place));
  }
}
