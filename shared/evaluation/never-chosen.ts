import type { Diagnostics, Refusal } from "./off-policy/off-policy-evaluation.ts";

/** Less of a policy than this is not worth a refusal. */
const LITTLE = 0.01;
const NAMED = 5;
/** In fewer decisions nobody expects all of them. */
const FEWEST = 30;

/** How often each action of a log was chosen, by its place in the list. */
export class ChoiceCounts {
  readonly #chosen: number[] = [];
  #decisions = 0;

  update(chosen: number, count: number): void {
    while (this.#chosen.length < count) this.#chosen.push(0);
    this.#chosen[chosen]!++;
    this.#decisions++;
  }

  /**
   * Why the log cannot tell what a policy would earn that chooses what was never chosen; null: it can, or nothing shows that it cannot.
   * @param targets the sum of the policy's probabilities of each action, over all decisions.
   */
  refusal(targets: readonly number[], { farFromOne }: Diagnostics): Refusal | null {
    if (farFromOne !== "below") return null;
    const never = this.#chosen.flatMap((times, i) => (times === 0 && (targets[i] ?? 0) > 0 ? [i] : []));
    const share = never.reduce((sum, i) => sum + targets[i]!, 0) / this.#decisions;
    if (share < LITTLE) return null;
    return {
      reason: "unsupported-actions",
      message: `${this.#were(never)}, and the policy would choose so in ${(100 * share).toFixed(0)} % of them: the log cannot tell what it would earn.`,
    };
  }

  /** What was never chosen, in a sentence; null: nothing. */
  get neverChosen(): string | null {
    const never = this.#chosen.flatMap((times, i) => (times === 0 ? [i] : []));
    return never.length === 0 || this.#decisions < FEWEST
      ? null
      : `${this.#were(never)}: of them the log tells nothing.`;
  }

  #were(never: readonly number[]): string {
    const names = never.slice(0, NAMED).map((i) => String(i + 1));
    const last = never.length > NAMED ? `${never.length - NAMED} more` : names.pop()!;
    const all = names.length > 0 ? `Actions ${names.join(", ")} and ${last} were` : `Action ${last} was`;
    return `${all} never chosen in ${this.#decisions} decisions (they are counted from 1)`;
  }
}
