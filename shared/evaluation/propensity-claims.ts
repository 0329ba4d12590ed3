import type { LogEntry } from "./log-entry.ts";
import { WeightMean, type WeightMeanInterval } from "./off-policy/weight-mean.ts";

/** So far may a propensity be from another that is the same, relative to it: single precision rounds. */
const SAME = 1e-6;
/** How far K times a propensity may be from 1 where choices are uniform: logs round. */
const ROUNDING = 1e-3;
export const isUniformChoice = (propensity: number, count: number): boolean =>
  Math.abs(propensity * count - 1) <= ROUNDING;

/** So often may a log whose propensities are right be called wrong. */
const LOG_ERROR = Math.log(1e4);
/** Fewer decisions show nothing. */
const FEWEST = 30;

/** Why nothing but the logged policy can be judged by a log, in sentences for the reader of a report. */
export type ClaimProblem = { kind: "deterministic" | "constant" | "contradicted"; message: string };

/** What a log claims of the probabilities of its choices, held against the choices that it has. */
export class PropensityClaims {
  readonly #uniform = new WeightMean();
  /** Of decisions among several actions. */
  #decisions = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;
  #isUniform = true;
  #counts: ChoiceExpectation | null = new ChoiceExpectation();

  /** One without an outcome does not count, nor one without a choice. Whether there is an outcome may hang on what was chosen, so where some have none, how often each was chosen tells nothing. */
  update({ outcome, count, probabilities }: LogEntry): void {
    if (count === 1) return;
    if (outcome === null) {
      this.#counts = null;
      return;
    }
    const { propensity, chosen, importance } = outcome;
    this.#decisions++;
    this.#uniform.update(1 / (count * propensity), importance);
    this.#least = Math.min(this.#least, propensity);
    this.#most = Math.max(this.#most, propensity);
    const isUniform = isUniformChoice(propensity, count);
    if (!isUniform) this.#isUniform = false;
    // Of logs that dropped decisions by what came of them the choices that are left tell nothing.
    if (importance !== 1 || !(isUniform || probabilities)) this.#counts = null;
    this.#counts?.update(chosen, probabilities ?? 1 / count, count);
  }

  /** Of the weights of uniform choices, 1 / (K p), whose expectation is 1; null: there was no choice. */
  get meanWeight(): WeightMeanInterval | null {
    return this.#uniform.interval;
  }

  /** Null: nothing shows that the claims are wrong, or too few choices. */
  get problem(): ClaimProblem | null {
    if (this.#decisions < FEWEST) return null;
    const contradiction = this.#counts?.contradiction ?? null;
    if (contradiction !== null) return { kind: "contradicted", message: contradiction };
    if (this.#isUniform || this.#most - this.#least > SAME * this.#most) return null;
    const { mean } = this.meanWeight!;
    const perCent = this.looksLikePerCent ? " (as if they were in per cent)" : "";
    const weight = `the mean weight (target / propensity) of uniform choices is ${mean.toPrecision(3)}${perCent} and should be 1`;
    if (this.#least >= 1 - SAME)
      return {
        kind: "deterministic",
        message: `Every action was logged with probability 1, as of a policy that never varies: ${weight}. Such a log cannot tell what another policy would earn.`,
      };
    return {
      kind: "constant",
      message: `Every action was logged with the same probability, ${Number(this.#most.toPrecision(4))}, which is not 1 / K: ${weight}, further from it than chance explains. So the logged propensities are not those of what chose, and the log cannot tell what another policy would earn.`,
    };
  }

  /** Whether the mean weight is as if propensities were in per cent. */
  get looksLikePerCent(): boolean {
    const { mean } = this.meanWeight ?? { mean: 1 };
    return Math.abs(100 * mean - 1) < 0.1;
  }
}

/** How often each action was chosen, by its place in the list, and how often it should have been. */
class ChoiceExpectation {
  readonly #chosen: number[] = [];
  readonly #expected: number[] = [];

  /** @param probabilities of all actions, or of each of them. */
  update(chosen: number, probabilities: Float64Array | number, count: number): void {
    while (this.#chosen.length < count) {
      this.#chosen.push(0);
      this.#expected.push(0);
    }
    this.#chosen[chosen]!++;
    for (let i = 0; i < count; i++)
      this.#expected[i]! += typeof probabilities === "number" ? probabilities : probabilities[i]!;
  }

  /** Null: all were chosen as often as chance explains. By Chernoff's bound of sums of choices. */
  get contradiction(): string | null {
    const limit = LOG_ERROR + Math.log(2 * this.#chosen.length);
    let worst = -1;
    let most = limit;
    for (const [i, times] of this.#chosen.entries()) {
      const expected = this.#expected[i]!;
      const distance = expected - times + (times === 0 ? 0 : times * Math.log(times / expected));
      if (!(distance > most)) continue;
      worst = i;
      most = distance;
    }
    if (worst < 0) return null;
    return `Action ${worst + 1} (counted from 1) was chosen ${this.#chosen[worst]} times, and by the logged propensities it should have been ${this.#expected[worst]!.toFixed(0)}: chance does not explain that. So the logged propensities are not those of what chose, and the log cannot tell what another policy would earn.`;
  }
}
