import { DecisionLearner } from "../../shared/bandit/decision-learner.ts";
import type { LearnerSpec } from "../../shared/contract/spec.ts";
import {
  OffPolicyEvaluation,
  type OffPolicyOptions,
  type OffPolicyReport,
} from "../../shared/evaluation/off-policy/off-policy-evaluation.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import type { HashedDecision } from "../../shared/features/hashed-decision.ts";
import { squaredLoss } from "../../shared/online/loss.ts";
import { type Policy, policyOf } from "../../shared/policies/policy-of.ts";
import { UsageError } from "../command.ts";
import type { LogEvent } from "../log-files/log-event.ts";
import { learnerName, namedLearner } from "./learner-text.ts";
import type { LearningPolicy, NamedPolicy } from "./policies.ts";
import type { Features } from "./raw-features.ts";
import { RewardModel } from "./reward-model.ts";

/** What a Comparison is made with. */
export type ComparisonOptions = {
  policies: readonly NamedPolicy[];
  /** Every policy that needs scores is tried with each of them. */
  learners: readonly LearnerSpec[];
  /** Called once for each learner. */
  features: (learner: LearnerSpec) => Features;
  /** The logged actions were chosen uniformly, so the probabilities of all actions are known. */
  uniformLog: boolean;
  /** The log tells the probabilities of all actions, so estimates may use a model of the reward. */
  withModel: boolean;
  offPolicy: OffPolicyOptions;
};

/** One policy with one learner. */
export type Row = { policy: string; learner: string | null } & OffPolicyReport;
/** How well a learner predicted rewards before it learned them. */
export type LearnerReport = { learner: string; weighted: boolean; squaredError: number | null };

type Model = { name: string; weighted: boolean; input: Input; rewards: RewardModel; scores: Float64Array };
/** A policy with learners of its own. */
type Own = { name: string; policy: Policy; learner: DecisionLearner; input: Input };
type Candidate = { policy: NamedPolicy; model: Model | null; own: Own | null; evaluation: OffPolicyEvaluation };

/**
 * Compares policies on a log in one pass: each decision's distributions are computed before it is learned. All estimates that need a
 * model of the reward use the same one, so that they differ by the policies only.
 */
export class Comparison {
  readonly #candidates: Candidate[] = [];
  readonly #models: Model[] = [];
  readonly #inputs: Input[] = [];
  readonly #uniformLog: boolean;
  #decisions = 0;

  constructor({ policies, learners, features, uniformLog, withModel, offPolicy }: ComparisonOptions) {
    this.#uniformLog = uniformLog;
    const inputs = learners.map((learner) => this.#input(features(learner)));
    for (const policy of policies) {
      if (policy.type === "scored")
        for (const [i, learner] of learners.entries()) {
          const model = this.#model(learner, policy.weighted, inputs[i]!);
          this.#candidates.push({ policy, model, own: null, evaluation: new OffPolicyEvaluation(offPolicy) });
        }
      else if (policy.type === "learning")
        for (const learner of ownLearners(policy, learners)) {
          const own = ownModel(policy, learner, this.#input(features(learner)));
          this.#candidates.push({ policy, model: null, own, evaluation: new OffPolicyEvaluation(offPolicy) });
        }
      else {
        // What chose has the same probability of the action as itself.
        const maxWeight = policy.type === "logged" ? { maxWeight: 1 } : {};
        const evaluation = new OffPolicyEvaluation({ ...offPolicy, ...maxWeight });
        this.#candidates.push({ policy, model: null, own: null, evaluation });
      }
    }
    // Where no policy has one that can be lent.
    if (withModel && this.#models.length === 0) this.#model(learners[0]!, true, inputs[0]!);
  }

  /**
   * Evaluates all policies on a decision, then learns it. One without an outcome does not count.
   * @throws RangeError saying what is wrong with the decision.
   */
  update(event: LogEvent): void {
    const { outcome, count } = event;
    if (outcome === null) return;
    for (const input of this.#inputs) input.expand(event);
    for (const model of this.#models) model.scores = model.rewards.scores(model.input.actions, count);
    const propensities = event.probabilities ?? (this.#uniformLog ? uniform(count) : null);
    const { chosen, reward } = outcome;
    const propensity = propensities?.[chosen] ?? outcome.propensity;
    const predictions = this.#models[0] && { predictions: this.#models[0].scores };
    for (const { policy, model, own, evaluation } of this.#candidates) {
      if (policy.type === "logged" && propensities === null) {
        evaluation.update({ reward, propensity, target: propensity });
        continue;
      }
      const targets =
        policy.type === "scored"
          ? policy.distribution(model!.scores, model!.rewards.experience)
          : own !== null
            ? targetsOf(own, count)
            : policy.type === "logged"
              ? propensities!
              : uniform(count);
      evaluation.update({
        reward,
        propensity,
        target: targets[chosen]!,
        ...(propensities && { actions: { chosen, propensities, targets, ...predictions } }),
      });
    }
    for (const { rewards, input } of this.#models) rewards.learn(input.actions[chosen]!, count, outcome);
    const what = { id: String(this.#decisions++), chosen, propensity, importance: outcome.importance };
    for (const { own } of this.#candidates) own?.learner.learn(own.input.decision(count), what, reward);
  }

  report(): { rows: Row[]; learners: LearnerReport[] } {
    return {
      rows: this.#candidates.map(({ policy, model, own, evaluation }) => ({
        policy: policy.name,
        learner: model?.name ?? own?.name ?? null,
        ...evaluation.report(),
      })),
      learners: this.#models.map(({ name, weighted, rewards }) => ({
        learner: name,
        weighted,
        squaredError: rewards.squaredError,
      })),
    };
  }

  /** Learners of the same features share what was computed of them. */
  #input(features: Features): Input {
    let input = this.#inputs.find((known) => known.features === features);
    if (input === undefined) {
      input = new Input(features);
      this.#inputs.push(input);
    }
    return input;
  }

  /** Policies that learn alike share a model. */
  #model(spec: LearnerSpec, weighted: boolean, input: Input): Model {
    const name = learnerName(spec);
    let model = this.#models.find((known) => known.name === name && known.weighted === weighted);
    if (model === undefined) {
      model = { name, weighted, input, rewards: new RewardModel(spec, weighted), scores: new Float64Array() };
      this.#models.push(model);
    }
    return model;
  }
}

/** @throws UsageError when the policy goes with none of the learners. */
function ownLearners({ name, learner }: LearningPolicy, learners: readonly LearnerSpec[]): LearnerSpec[] {
  if (learner === null) {
    if (learners.some(({ type }) => type === "factorised"))
      throw new UsageError(`--policy ${name} needs heads that are linear: --learner auto, adaptive or bayesian.`);
    return [...learners];
  }
  const its = learners.filter(({ type }) => type === learner);
  return its.length > 0 ? its : [namedLearner(learner)];
}

function ownModel({ policy, reduction }: LearningPolicy, learner: LearnerSpec, input: Input): Own {
  const made = new DecisionLearner({ policy, learner, reduction }, squaredLoss);
  return { name: learnerName(learner), policy, learner: made, input };
}

const targetsOf = ({ policy, learner, input }: Own, count: number): Float64Array =>
  policyOf(policy).distribution(policy, learner.beliefs(input.decision(count)), learner);

/** The features of all actions of the newest decision. */
class Input {
  readonly features: Features;
  readonly actions: FeatureBuffer[] = [];

  constructor(features: Features) {
    this.features = features;
  }

  expand(event: LogEvent): void {
    while (this.actions.length < event.count) this.actions.push(new FeatureBuffer());
    for (let i = 0; i < event.count; i++) this.features.expand(event, i, this.actions[i]!);
  }

  /** The same, as learners of decisions take them. */
  decision(count: number): HashedDecision {
    return { count, expand: (action, into) => into.copy(this.actions[action]!) };
  }
}

const uniform = (count: number): Float64Array => new Float64Array(count).fill(1 / count);
