import type { LearnerSpec, ModelSpec } from "../../shared/contract/spec.ts";
import type { ComparedPolicy } from "../../shared/evaluation/compared-policy.ts";
import type { Features } from "../../shared/evaluation/log-entry.ts";
import { type EvaluationReport, LogEvaluation } from "../../shared/evaluation/log-evaluation.ts";
import { LogSurvey } from "../../shared/evaluation/log-survey.ts";
import { MissingFeatures } from "../../shared/evaluation/missing-features.ts";
import type { RewardRange } from "../../shared/evaluation/off-policy/logged-choice.ts";
import { SpecFeatures } from "../../shared/evaluation/spec-features.ts";
import { Examination } from "../../shared/versions/examination.ts";
import { UsageError } from "../command.ts";
import type { LineProblems, Unusable } from "../files/line-problems.ts";
import type { FileEntry } from "../log-files/file-entry.ts";
import { type LogSource, readLog } from "../log-files/read-log.ts";
import { Progress } from "../progress.ts";
import { ActionCategories } from "./action-categories.ts";
import { AlikeCodes } from "./alike-codes.ts";
import { LeftOutActions } from "./left-out-actions.ts";
import { MissingPlaces } from "./missing-places.ts";
import { MissingTimes } from "./missing-times.ts";
import { noOutcome } from "./no-outcome.ts";
import { doubts, notes } from "./notes.ts";
import { RawFeatures } from "./raw-features.ts";
import { UnusableDecisions } from "./unusable-decisions.ts";

/** What is to be compared on which log. */
export type LogEvaluationOptions = {
  source: LogSource;
  /** null: all features of the log, as they are. */
  spec: ModelSpec | null;
  policies: readonly ComparedPolicy[];
  learners: readonly LearnerSpec[];
  /** null: by the rewards of the log. */
  rewards: RewardRange | null;
  /** No action's probability was below it when the log was made; null: nobody knows. */
  minPropensity: number | null;
  /** The fields of an action that say all that it does to the reward; none: nobody says so. */
  category?: readonly string[];
  /** Whether to tell how far it is. */
  progress: boolean;
};

/** What a log says about policies. */
export type LogReport = EvaluationReport & {
  log: { name: string; unusable: Unusable };
  /** What makes the figures doubtful: to be said before them. */
  doubts: string[];
  /** What to know when reading the figures. */
  notes: string[];
};

/** Logs round: how far a propensity may be below what was promised, relative to it. */
const ROUNDING = 1e-6;
/** Under so many decisions nobody needs to be told to wait. */
const LONG = 2000;

/**
 * Reads a log twice: to survey it, and to compare the policies on it.
 * @throws UsageError naming the line or the option that is wrong.
 */
export async function evaluateLog(options: LogEvaluationOptions): Promise<LogReport> {
  const { source, spec } = options;
  const { survey, problems, unusable } = await surveyLog(source, options);
  unusable.check(source.name);
  if (survey.decisions === 0) throw noOutcome(source.name, survey.withoutOutcome, problems);
  const categories = categoriesOf(options);
  if (categories !== null && !(survey.distributions || survey.uniform))
    throw new UsageError(
      `--category is for logs that tell the probabilities of all actions, and ${source.name} tells only those of what was chosen.`,
    );
  const evaluation = evaluationOf(survey, options, categories);
  const missing = spec === null ? null : new MissingFeatures(spec);
  const codes = spec === null ? null : new AlikeCodes(spec);
  const leftOut = spec === null ? null : new LeftOutActions(spec);
  const places = spec === null ? null : new MissingPlaces(spec);
  const times = spec === null ? null : new MissingTimes(spec);
  const progress = options.progress && survey.decisions >= LONG ? new Progress(survey.decisions, "decisions") : null;
  try {
    await readLog(source, (entry) => {
      evaluation.update(entry);
      missing?.update(entry.values);
      times?.update(entry);
      places?.update(entry);
      codes?.update(entry);
      leftOut?.update(entry);
      if (entry.outcome !== null) progress?.advance(() => "");
    });
  } finally {
    progress?.stop();
  }
  categories?.check(source.name);
  const { log, ...report } = evaluation.report();
  return {
    log: { name: source.name, ...log, unusable: problems.unusable },
    ...report,
    doubts: [
      ...unusable.doubts,
      ...(times?.doubts ?? []),
      ...(places?.doubts ?? []),
      ...(codes?.doubts ?? []),
      ...(leftOut?.doubts ?? []),
      ...doubts(report.policies, log.neverChosen, survey),
    ],
    notes: [...problems.notes, ...notes(log, options, survey, missing)],
  };
}

/** @throws UsageError naming the first decision that contradicts what was promised of the log. */
async function surveyLog(
  source: LogSource,
  { progress, minPropensity }: LogEvaluationOptions,
): Promise<{ survey: LogSurvey; problems: LineProblems; unusable: UnusableDecisions }> {
  const survey = new LogSurvey();
  const unusable = new UnusableDecisions();
  const reading = progress && process.stderr.isTTY ? new Progress(0, "decisions read") : null;
  try {
    const onEntry = (entry: FileEntry, line: number): void => {
      const { outcome, count } = entry;
      if (outcome !== null) unusable.decision(outcome, count);
      if (minPropensity !== null && outcome !== null && outcome.propensity < minPropensity * (1 - ROUNDING))
        throw new UsageError(
          `${source.name}, line ${line}: the propensity ${Number(outcome.propensity.toPrecision(4))} is below ${minPropensity}, so --min-propensity is not true of this log.`,
        );
      survey.update(entry);
      reading?.advance(() => "");
    };
    const problems = await readLog(source, onEntry, (line, error) => unusable.unusable(line, error));
    return { survey, problems, unusable };
  } finally {
    reading?.stop();
  }
}

function evaluationOf(
  survey: LogSurvey,
  { spec, policies, learners, rewards, minPropensity }: LogEvaluationOptions,
  categories: ActionCategories | null,
): LogEvaluation<FileEntry> {
  try {
    return new LogEvaluation(survey, {
      ...{ policies, learners, features: featuresOf(spec), rewards, minPropensity },
      examination: spec?.reward.examination ? new Examination(spec) : null,
      category: categories && ((entry) => categories.of(entry)),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--policy ${error.message}.`);
    throw error;
  }
}

const categoriesOf = ({ category = [] }: LogEvaluationOptions): ActionCategories | null =>
  category.length === 0 ? null : new ActionCategories(category);

/** Learners that see the same features get the same. */
function featuresOf(spec: ModelSpec | null): (learner: LearnerSpec) => Features<FileEntry> {
  const made = new Map<string, Features<FileEntry>>();
  return (learner) => {
    // With a spec the learner decides how numbers are treated.
    const key = spec === null ? String(learner.bits) : JSON.stringify(learner);
    const features =
      made.get(key) ?? (spec === null ? new RawFeatures(learner.bits) : new SpecFeatures({ ...spec, learner }));
    made.set(key, features);
    return features;
  };
}
