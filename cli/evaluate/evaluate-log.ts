import type { LearnerSpec, ModelSpec } from "../../shared/contract/spec.ts";
import type { RewardRange } from "../../shared/evaluation/off-policy/logged-choice.ts";
import { type LogSource, readLog } from "../log-files/read-log.ts";
import { Progress } from "../progress.ts";
import { Comparison, type LearnerReport, type Row } from "./comparison.ts";
import { type DriftReport, LogDrift } from "./log-drift.ts";
import { MissingFeatures } from "./missing-features.ts";
import { noOutcome } from "./no-outcome.ts";
import type { NamedPolicy } from "./policies.ts";
import { type Features, RawFeatures } from "./raw-features.ts";
import { rangeOf } from "./reward-range.ts";
import { SpecFeatures } from "./spec-features.ts";
import { Survey } from "./survey.ts";

/** What is to be compared on which log. */
export type EvaluationOptions = {
  source: LogSource;
  /** null: all features of the log, as they are. */
  spec: ModelSpec | null;
  policies: readonly NamedPolicy[];
  learners: readonly LearnerSpec[];
  /** null: by the rewards of the log. */
  rewards: RewardRange | null;
  /** No action's probability was below it when the log was made; null: nobody knows. */
  minPropensity: number | null;
  /** Whether to tell how far it is. */
  progress: boolean;
};

/** What a log says about policies. */
export type LogReport = {
  log: {
    name: string;
    /** Decisions with an outcome, which are those that count, and decisions without. */
    decisions: number;
    withoutOutcome: number;
    rewards: RewardRange & { assumed: boolean };
    /** How the probabilities of the actions that were not chosen are known. */
    propensities: "logged" | "uniform" | "unknown";
    /** No action was less probable, as was said or the log shows; null: nobody knows. */
    minPropensity: number | null;
  };
  confidence: number;
  policies: Row[];
  learners: LearnerReport[];
  /** null: the log is too short to tell. */
  drift: DriftReport | null;
  /** What to know when reading the figures. */
  notes: string[];
};

const CONFIDENCE = 0.95;
/** Under so many decisions nobody needs to be told to wait. */
const LONG = 2000;

/**
 * Reads a log twice: to survey it, and to compare the policies on it.
 * @throws UsageError naming the line or the option that is wrong.
 */
export async function evaluateLog(options: EvaluationOptions): Promise<LogReport> {
  const { source, spec, policies, learners } = options;
  const survey = new Survey();
  const reading = options.progress && process.stderr.isTTY ? new Progress(0, "decisions read") : null;
  try {
    await readLog(source, (event) => {
      survey.update(event);
      reading?.advance(() => "");
    });
  } finally {
    reading?.stop();
  }
  if (survey.decisions === 0) throw noOutcome(source.name, survey.withoutOutcome);
  const rewards = options.rewards ?? rangeOf(survey.lowest, survey.highest);
  const propensities = survey.distributions ? "logged" : survey.uniform ? "uniform" : "unknown";
  const minPropensity = options.minPropensity ?? (propensities === "unknown" ? survey.minPropensity : null);
  const comparison = new Comparison({
    policies,
    learners,
    features: featuresOf(spec),
    uniformLog: survey.uniform,
    withModel: propensities !== "unknown",
    offPolicy: {
      rewardRange: rewards,
      confidence: CONFIDENCE,
      horizon: survey.decisions,
      ...(minPropensity !== null && { maxWeight: 1 / minPropensity }),
    },
  });
  const drift = new LogDrift(survey.decisions);
  const missing = spec === null ? null : new MissingFeatures(spec);
  const progress = options.progress && survey.decisions >= LONG ? new Progress(survey.decisions, "decisions") : null;
  try {
    await readLog(source, (event) => {
      comparison.update(event);
      missing?.update(event.values);
      if (event.outcome === null) return;
      drift.update({ reward: event.outcome.reward, score: event.score, values: event.values });
      progress?.advance(() => "");
    });
  } finally {
    progress?.stop();
  }
  const { rows, learners: learned } = comparison.report();
  const { decisions, withoutOutcome } = survey;
  const log = {
    name: source.name,
    decisions,
    withoutOutcome,
    rewards: { ...rewards, assumed: options.rewards === null },
    propensities,
    minPropensity,
  } as const;
  return {
    log,
    confidence: CONFIDENCE,
    policies: rows,
    learners: learned,
    drift: drift.report,
    notes: [...(missing?.note ? [missing.note] : []), ...notes(log, options, survey)],
  };
}

/** Learners that see the same features get the same. */
function featuresOf(spec: ModelSpec | null): (learner: LearnerSpec) => Features {
  const made = new Map<string, Features>();
  return (learner) => {
    // With a spec the learner decides how numbers are treated.
    const key = spec === null ? String(learner.bits) : JSON.stringify(learner);
    const features =
      made.get(key) ?? (spec === null ? new RawFeatures(learner.bits) : new SpecFeatures({ ...spec, learner }));
    made.set(key, features);
    return features;
  };
}

function notes(
  { rewards, propensities, minPropensity }: LogReport["log"],
  options: EvaluationOptions,
  { unequal }: Survey,
) {
  const notes: string[] = [];
  if (options.policies.some(({ type }) => type === "scored"))
    notes.push(
      "Intervals are proven for policies that stay the same: of one that learns they are for its mean over the log, by approximation.",
    );
  if (rewards.assumed)
    notes.push(
      `Rewards are taken to be from ${rewards.low} to ${rewards.high}, as those of the log are: else give --rewards.`,
    );
  if (propensities === "uniform")
    notes.push("All actions were chosen with probability 1 / K, so the log is taken to be of uniform choices.");
  if (propensities === "unknown") {
    notes.push(
      "The log does not tell the probabilities of the actions that were not chosen: there is no direct method and no doubly robust estimate.",
    );
    if (minPropensity === null)
      notes.push(
        "Upper ends of intervals are far too high where rewards are rare, because an action could have been as improbable as one likes: if you know how improbable, give --min-propensity.",
      );
    else if (options.minPropensity === null)
      notes.push(
        `Actions were chosen with two probabilities, as an epsilon-greedy policy does: the log is taken to be of one, so no action was less probable than ${minPropensity.toPrecision(3)}.`,
      );
  }
  if (unequal)
    notes.push("The log dropped decisions with different probabilities: learning weighs them, the estimates do not.");
  return notes;
}
