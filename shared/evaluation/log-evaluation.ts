import { Comparison, type ComparisonOptions, type LearnerReport, type Row } from "./comparison.ts";
import { type DriftReport, LogDrift } from "./drift/log-drift.ts";
import type { LogEntry } from "./log-entry.ts";
import type { LogSurvey } from "./log-survey.ts";
import type { RewardRange } from "./off-policy/logged-choice.ts";
import type { WeightMeanInterval } from "./off-policy/weight-mean.ts";
import type { ClaimProblem } from "./propensity-claims.ts";
import { usualRange } from "./usual-range.ts";

/** What is to be compared, and what is known of the log beside what is in it. */
export type EvaluationOptions<Entry extends LogEntry> = Pick<
  ComparisonOptions<Entry>,
  "policies" | "learners" | "features" | "category" | "examination"
> & {
  /** null: by the rewards of the log. */
  rewards: RewardRange | null;
  /** No action's probability was below it when the log was made; null: nobody knows. */
  minPropensity: number | null;
};

/** What a log says about policies. */
export type EvaluationReport = {
  log: {
    /** Decisions with an outcome, which are those that count, and decisions without. */
    decisions: number;
    withoutOutcome: number;
    rewards: RewardRange & { assumed: boolean };
    /** How the probabilities of the actions that were not chosen are known. */
    propensities: "logged" | "uniform" | "unknown";
    /** No action was less probable, as was said or the log shows; null: nobody knows. */
    minPropensity: number | null;
    /** The mean weight of uniform choices, which should be 1; null: there was no choice. */
    meanWeight: WeightMeanInterval | null;
    /** Why only the logged policy can be judged by it; null: nothing shows that. */
    problem: ClaimProblem | null;
    /** Actions that were never chosen, in a sentence; null: all were. */
    neverChosen: string | null;
  };
  confidence: number;
  policies: Row[];
  learners: LearnerReport[];
  /** null: the log is too short to tell. */
  drift: DriftReport | null;
};

const CONFIDENCE = 0.95;

/** Compares policies on a log that was surveyed before: a log is read twice. */
export class LogEvaluation<Entry extends LogEntry> {
  readonly #log: Omit<EvaluationReport["log"], "neverChosen">;
  readonly #comparison: Comparison<Entry>;
  readonly #drift: LogDrift;

  /** @throws RangeError when a policy goes with none of the learners. */
  constructor(survey: LogSurvey, { rewards, minPropensity, ...compared }: EvaluationOptions<Entry>) {
    const { decisions, withoutOutcome, claims } = survey;
    const { meanWeight, problem } = claims;
    const range = rewards ?? usualRange(survey.lowest, survey.highest);
    const propensities = survey.distributions ? "logged" : survey.uniform ? "uniform" : "unknown";
    const least = minPropensity ?? (propensities === "unknown" ? survey.minPropensity : null);
    this.#log = {
      decisions,
      withoutOutcome,
      rewards: { ...range, assumed: rewards === null },
      propensities,
      minPropensity: least,
      meanWeight,
      problem,
    };
    this.#comparison = new Comparison({
      ...compared,
      uniformLog: survey.uniform,
      withModel: problem === null,
      minPropensity: least,
      problem,
      offPolicy: { rewardRange: range, confidence: CONFIDENCE, horizon: decisions },
      lists: survey.mostSlots > 1 ? { count: survey.lists, mostSlots: survey.mostSlots } : null,
    });
    this.#drift = new LogDrift(decisions);
  }

  /** @throws RangeError saying what is wrong with the decision. */
  update(entry: Entry): void {
    this.#comparison.update(entry);
    const { outcome, score, values } = entry;
    if (outcome !== null) this.#drift.update({ reward: outcome.reward, score, values });
  }

  report(): EvaluationReport {
    const { rows, learners, neverChosen } = this.#comparison.report();
    return {
      log: { ...this.#log, neverChosen },
      confidence: CONFIDENCE,
      policies: rows,
      learners,
      drift: this.#drift.report,
    };
  }
}
