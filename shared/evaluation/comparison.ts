import { alwaysCountsOnce } from "../bandit/counts-once.ts";
import { DecisionLearner } from "../bandit/decision-learner.ts";
import { bayesian } from "../contract/define.ts";
import type { LearnerSpec } from "../contract/spec.ts";
import { copyFeatures } from "../features/copy-features.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { squaredLoss } from "../online/loss.ts";
import { policyOf } from "../policies/all-policies.ts";
import type { Beliefs } from "../policies/policy.ts";
import type { Policy } from "../policies/policy-of.ts";
import type { Examination } from "../versions/examination.ts";
import type { ComparedPolicy, LearningPolicy } from "./compared-policy.ts";
import { learnerName } from "./learner-name.ts";
import type { Features, LogEntry } from "./log-entry.ts";
import { ChoiceCounts } from "./never-chosen.ts";
import type { LoggedChoice } from "./off-policy/logged-choice.ts";
import { marginalised } from "./off-policy/marginalised.ts";
import {
  OffPolicyEvaluation,
  type OffPolicyOptions,
  type OffPolicyReport,
} from "./off-policy/off-policy-evaluation.ts";
import { SlotEvaluation, type SlotReport } from "./off-policy/slot-evaluation.ts";
import type { ClaimProblem } from "./propensity-claims.ts";
import { RewardModel } from "./reward-model.ts";
import type { LoggedInput } from "./with-session.ts";

/** What a Comparison is made with. */
export type ComparisonOptions<Entry extends LogEntry> = {
  policies: readonly ComparedPolicy[];
  /** Every policy that needs scores is tried with each of them. */
  learners: readonly LearnerSpec[];
  /** Called once for each learner. */
  features: (learner: LearnerSpec) => Features<Entry>;
  /** How rewards are learned by the place of what was shown; null: as they are. */
  examination?: Examination | null;
  /** The logged actions were chosen uniformly, so the probabilities of all actions are known. */
  uniformLog: boolean;
  /** Estimates are to have a model of the reward, whether a policy needs one or not. */
  withModel: boolean;
  /** No action was less probable when the log was made; null: nobody knows. */
  minPropensity: number | null;
  /** Why the log can judge no policy but the logged one; null: it can. */
  problem: ClaimProblem | null;
  offPolicy: OffPolicyOptions;
  /** How many lists of several slots the log has, and the most slots of one; null: it has none. */
  lists: { count: number; mostSlots: number } | null;
  /** What an action does to the reward is all in its category; null: nobody says so. */
  category: ((entry: Entry) => readonly unknown[]) | null;
};

/** One policy with one learner. */
export type Row = {
  policy: string;
  learner: string | null;
  /** What whole lists would have earned; null: the log has none of several slots, or the policy is refused. */
  lists: SlotReport | null;
  /** The same by categories of actions (MIPS, as the `ips` of it); null: there are none. */
  categories: OffPolicyReport | null;
} & OffPolicyReport;
/** How well a learner predicted rewards before it learned them. */
export type LearnerReport = { learner: string; weighted: boolean; squaredError: number | null };

type Model<Entry extends LogEntry> = {
  name: string;
  weighted: boolean;
  input: Input<Entry>;
  rewards: RewardModel;
  beliefs: Beliefs & { scores: Float64Array };
};
/** A policy with learners of its own. */
type Own<Entry extends LogEntry> = { name: string; policy: Policy; learner: DecisionLearner; input: Input<Entry> };
type Candidate<Entry extends LogEntry> = {
  policy: ComparedPolicy;
  model: Model<Entry> | null;
  own: Own<Entry> | null;
  evaluation: OffPolicyEvaluation;
  lists: { evaluation: SlotEvaluation; slots: LoggedChoice[] } | null;
  categories: OffPolicyEvaluation | null;
  /** The sum of its probabilities of each action. */
  targets: number[];
};

/**
 * Compares policies on a log in one pass: each decision's distributions are computed before it is learned. All estimates that need a
 * model of the reward use the same one, so that they differ by the policies only.
 */
export class Comparison<Entry extends LogEntry> {
  readonly #candidates: Candidate<Entry>[] = [];
  readonly #models: Model<Entry>[] = [];
  readonly #inputs: Input<Entry>[] = [];
  readonly #uniformLog: boolean;
  readonly #minPropensity: number | null;
  readonly #problem: ClaimProblem | null;
  readonly #category: ((entry: Entry) => readonly unknown[]) | null;
  readonly #examination: Examination | null;
  readonly #choices = new ChoiceCounts();
  #decisions = 0;

  /** @throws RangeError when a policy goes with none of the learners. */
  constructor(options: ComparisonOptions<Entry>) {
    const { policies, learners, features, uniformLog, withModel, minPropensity, problem, offPolicy } = options;
    const { lists, category, examination = null } = options;
    this.#category = category;
    this.#examination = examination;
    this.#uniformLog = uniformLog;
    this.#minPropensity = minPropensity;
    this.#problem = problem;
    const inputs = learners.map((learner) => this.#input(features(learner)));
    const add = (policy: ComparedPolicy, model: Candidate<Entry>["model"], own: Candidate<Entry>["own"]) =>
      this.#candidates.push({
        ...{ policy, model, own, targets: [] },
        evaluation: new OffPolicyEvaluation(offPolicy),
        lists: lists && { evaluation: slotEvaluation(lists, offPolicy), slots: [] },
        categories: category && new OffPolicyEvaluation(offPolicy),
      });
    for (const policy of policies)
      if (policy.type === "scored")
        for (const [i, learner] of learners.entries())
          add(policy, this.#model(learner, policy.weighted && !alwaysCountsOnce(learner), inputs[i]!), null);
      else if (policy.type === "learning")
        for (const learner of ownLearners(policy, learners))
          add(policy, null, ownModel(policy, learner, this.#input(features(learner))));
      else add(policy, null, null);
    // Where no policy has one that can be lent.
    if (withModel && this.#models.length === 0) this.#model(learners[0]!, true, inputs[0]!);
  }

  /**
   * Evaluates all policies on a decision, then learns it. One without an outcome does not count.
   * @throws RangeError saying what is wrong with the decision.
   */
  update(entry: Entry): void {
    const { outcome, count } = entry;
    if (outcome === null) {
      // A list of which not all is known is none.
      for (const { lists } of this.#candidates) if (lists) lists.slots = [];
      return;
    }
    for (const input of this.#inputs) input.expand(entry);
    for (const model of this.#models) model.beliefs = model.rewards.beliefs(model.input.actions, count);
    const propensities = entry.probabilities ?? (this.#uniformLog ? uniform(count) : null);
    const { chosen, reward, importance } = outcome;
    this.#choices.update(chosen, count);
    const propensity = propensities?.[chosen] ?? outcome.propensity;
    const place = this.#examination && entry.values();
    const predictions = this.#models[0] && { predictions: this.#predicted(this.#models[0].beliefs.scores, place) };
    const categories = this.#category?.(entry) ?? null;
    for (const candidate of this.#candidates) {
      const { policy, model, own, targets: sums } = candidate;
      if (policy.type === "logged") {
        // What chose has the same probability of the action as itself: it earned what it earned, whatever a model says of it.
        evaluate(candidate, { reward, propensity, target: propensity, importance, mostWeight: 1 }, entry, categories);
        continue;
      }
      const targets =
        policy.type === "scored"
          ? policy.distribution(model!.beliefs, model!.rewards.experience)
          : own !== null
            ? targetsOf(own, count)
            : uniform(count);
      for (let i = 0; i < count; i++) sums[i] = (sums[i] ?? 0) + targets[i]!;
      const choice = {
        reward,
        propensity,
        importance,
        target: targets[chosen]!,
        ...(this.#minPropensity !== null && { mostWeight: largest(targets) / this.#minPropensity }),
        ...(propensities !== null
          ? { actions: { chosen, propensities, targets, ...predictions } }
          : predictions && { actions: { chosen, targets, ...predictions } }),
      };
      evaluate(candidate, choice, entry, categories);
    }
    const examined = (place && this.#examination?.of(place, reward)) ?? { value: reward, importance: 1 };
    for (const { rewards, input } of this.#models) rewards.learn(input.actions[chosen]!, count, outcome, examined);
    const what = { id: String(this.#decisions++), chosen, propensity, importance: importance * examined.importance };
    for (const { own } of this.#candidates) own?.learner.learn(own.input.decision(count), what, examined.value);
  }

  /** What actions are expected to earn where this decision stands, of what they are worth to whoever looks. */
  #predicted(worths: Float64Array, place: LoggedInput | null): Float64Array {
    const examination = this.#examination;
    return examination && place ? worths.map((worth) => examination.seen(place, worth)) : worths;
  }

  report(): { rows: Row[]; learners: LearnerReport[]; neverChosen: string | null } {
    return {
      neverChosen: this.#choices.neverChosen,
      rows: this.#candidates.map(({ policy, model, own, evaluation, lists, categories, targets }) => {
        const report = this.#refused(policy, evaluation.report(), targets);
        // What a policy earns by its categories may be known where what it earns by its actions is not.
        const isWrong = report.refusal?.reason === "propensities";
        return {
          policy: policy.name,
          learner: model?.name ?? own?.name ?? null,
          lists: report.refusal === null ? (lists?.evaluation.report() ?? null) : null,
          categories: isWrong ? null : (categories?.report() ?? null),
          ...report,
        };
      }),
      learners: this.#models.map(({ name, weighted, rewards }) => ({
        learner: name,
        weighted,
        squaredError: rewards.squaredError,
      })),
    };
  }

  /** The report, unless the policy would choose what nobody ever chose, or nobody knows how anything was chosen. */
  #refused({ type }: ComparedPolicy, report: OffPolicyReport, targets: readonly number[]): OffPolicyReport {
    const refusal =
      this.#choices.refusal(targets, report.diagnostics) ??
      (this.#problem === null || type === "logged"
        ? null
        : ({ reason: "propensities", message: this.#problem.message } as const));
    return refusal === null
      ? report
      : { refusal, estimates: null, diagnostics: { ...report.diagnostics, effectiveSampleSize: 0 } };
  }

  /** Learners of the same features share what was computed of them. */
  #input(features: Features<Entry>): Input<Entry> {
    let input = this.#inputs.find((known) => known.features === features);
    if (input === undefined) {
      input = new Input(features);
      this.#inputs.push(input);
    }
    return input;
  }

  /** Policies that learn alike share a model. */
  #model(spec: LearnerSpec, weighted: boolean, input: Input<Entry>): Model<Entry> {
    const name = learnerName(spec);
    let model = this.#models.find((known) => known.name === name && known.weighted === weighted);
    if (model === undefined) {
      model = {
        name,
        weighted,
        input,
        rewards: new RewardModel(spec, weighted),
        beliefs: { scores: new Float64Array() },
      };
      this.#models.push(model);
    }
    return model;
  }
}

/** Gives a candidate a decision, and the list that it is the last slot of. */
function evaluate<Entry extends LogEntry>(
  { evaluation, lists, categories }: Candidate<Entry>,
  choice: LoggedChoice,
  { list }: Entry,
  of: readonly unknown[] | null,
): void {
  evaluation.update(choice);
  const byCategory = of && marginalised(choice, of);
  if (byCategory !== null) categories?.update(byCategory);
  if (lists === null) return;
  const { slot, of: slots } = list ?? { slot: 0, of: 1 };
  if (slot === 0) lists.slots = [];
  if (lists.slots.length !== slot) return;
  lists.slots.push(choice);
  if (lists.slots.length === slots) lists.evaluation.update(lists.slots);
}

const slotEvaluation = ({ count, mostSlots }: { count: number; mostSlots: number }, of: OffPolicyOptions) =>
  new SlotEvaluation({ rewardRange: of.rewardRange, confidence: of.confidence ?? 0.95, mostSlots, horizon: count });

/** @throws RangeError when the policy goes with none of the learners. */
function ownLearners({ name, needsDeviations }: LearningPolicy, learners: readonly LearnerSpec[]): LearnerSpec[] {
  if (needsDeviations) {
    const its = learners.filter(({ type }) => type === "bayesian");
    return its.length > 0 ? its : [bayesian()];
  }
  if (learners.some(({ type }) => type === "factorised"))
    throw new RangeError(`${name} needs heads that are linear: the learner auto, adaptive or bayesian`);
  return [...learners];
}

function ownModel<Entry extends LogEntry>(
  { policy, reduction }: LearningPolicy,
  learner: LearnerSpec,
  input: Input<Entry>,
): Own<Entry> {
  const made = new DecisionLearner({ policy, learner, reduction }, squaredLoss);
  return { name: learnerName(learner), policy, learner: made, input };
}

const targetsOf = <Entry extends LogEntry>({ policy, learner, input }: Own<Entry>, count: number): Float64Array =>
  policyOf(policy).distribution(policy, learner.beliefs(input.decision(count)), learner);

/** The features of all actions of the newest decision. */
class Input<Entry extends LogEntry> {
  readonly features: Features<Entry>;
  readonly actions: FeatureBuffer[] = [];

  constructor(features: Features<Entry>) {
    this.features = features;
  }

  expand(entry: Entry): void {
    while (this.actions.length < entry.count) this.actions.push(new FeatureBuffer());
    for (let i = 0; i < entry.count; i++) this.features.expand(entry, i, this.actions[i]!);
  }

  /** The same, as learners of decisions take them. */
  decision(count: number): HashedDecision {
    return { count, expand: (action, into) => copyFeatures(this.actions[action]!, into) };
  }
}

const largest = (probabilities: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < probabilities.length; i++) most = Math.max(most, probabilities[i]!);
  return most;
};

const uniform = (count: number): Float64Array => new Float64Array(count).fill(1 / count);
