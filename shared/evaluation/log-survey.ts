import { EpsilonGreedyLog } from "./epsilon-greedy-log.ts";
import type { LogEntry } from "./log-entry.ts";
import { isUniformChoice, PropensityClaims } from "./propensity-claims.ts";

/** What must be known of a log before it is evaluated. */
export class LogSurvey {
  /** Decisions with an outcome, and without. */
  decisions = 0;
  withoutOutcome = 0;
  lowest = Number.POSITIVE_INFINITY;
  highest = Number.NEGATIVE_INFINITY;
  /** Whether every logged action had the probability 1 / K: then all others had it, too. */
  uniform = true;
  /** Whether the log tells the probability of every action. */
  distributions = true;
  /** What it claims of its propensities. */
  readonly claims = new PropensityClaims();
  readonly #epsilonGreedy = new EpsilonGreedyLog();
  /** Lists, and the most slots that one has; none where every decision is one by itself. */
  lists = 0;
  mostSlots = 0;
  readonly #importances = new Set<number>();

  update(entry: LogEntry): void {
    const { outcome, count, probabilities, list } = entry;
    if (list?.slot === 0) this.lists++;
    this.mostSlots = Math.max(this.mostSlots, list?.of ?? 0);
    if (outcome === null) {
      this.withoutOutcome++;
      return;
    }
    this.decisions++;
    this.lowest = Math.min(this.lowest, outcome.reward);
    this.highest = Math.max(this.highest, outcome.reward);
    if (!isUniformChoice(outcome.propensity, count)) this.uniform = false;
    this.claims.update(entry);
    this.#epsilonGreedy.update(outcome.propensity, count);
    if (probabilities === null) this.distributions = false;
    if (this.#importances.size < 2) this.#importances.add(outcome.importance);
  }

  /** The least probability of any action, if the logged ones are those of an epsilon-greedy policy; else null. */
  get minPropensity(): number | null {
    return this.#epsilonGreedy.minPropensity;
  }

  /** Whether the decisions stand for different numbers of decisions. */
  get unequal(): boolean {
    return this.#importances.size > 1;
  }
}
