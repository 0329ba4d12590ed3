import { BanditLearner } from "../../shared/bandit/bandit-learner.ts";
import type { LoggedDecision } from "../../shared/bandit/reductions/logged-decision.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { enforceFloor } from "../../shared/policies/floor.ts";
import type { Committee } from "../../shared/policies/policy.ts";
import { committeeOf, type Policy, policyOf } from "../../shared/policies/policy-of.ts";
import { tauFirst } from "../../shared/policies/tau-first.ts";
import { InputError } from "../files/input-error.ts";
import type { Average } from "./average.ts";
import type { Example, ObservedCost } from "./example.ts";
import { Expander } from "./expander.ts";
import { bitsOfModels, indexOfAction } from "./index-of-action.ts";
import { Learners } from "./learners.ts";
import { merand48 } from "./merand48.ts";
import type { BanditOptions, Exploration, VwOptions } from "./options.ts";

const fround = Math.fround;

/** What --cb evaluates: the first of the actions of the least cost. */
const GREEDY: Exploration = { policy: tauFirst({ tau: 0, epsilon: 0 }), floor: 0 };

/**
 * Learns logged decisions by the policies and reductions that pages and trainers run, and tells what the policy would have cost: for each event the cost that was seen, weighed by the
 * policy's probability of the logged action (before learning) over the log's.
 */
export class Bandit {
  readonly #options: BanditOptions;
  readonly #expander: Expander;
  readonly #learners: Learners;
  readonly #exploration: Exploration;
  readonly #bandit: BanditLearner;
  readonly #features: FeatureBuffer[] = [];

  constructor(options: VwOptions, bandit: BanditOptions) {
    const models = modelsOf(bandit);
    const actionIndex = bandit.actions === null ? undefined : indexOfAction(bandit.actions, models);
    const bits = options.bits - bitsOfModels(models, actionIndex !== undefined);
    if (bits < 1)
      throw new InputError(`a table of 2^${options.bits} has no room for ${models} models: give a larger -b`);
    this.#expander = new Expander({ bits, features: options.features, ...(actionIndex && { actionIndex }) });
    this.#options = bandit;
    this.#learners = new Learners(options, bits);
    this.#exploration = bandit.exploration ?? GREEDY;
    const committee = committeeIn32Bits(this.#exploration.policy);
    this.#bandit = new BanditLearner(
      { committee, reduction: bandit.costType, countsOnce: false, in32Bits: true },
      () => this.#learners.next(),
      merand48(BigInt(options.randomSeed)),
    );
  }

  /** One line with a cost for one of K actions. @param learns else it is predicted only. */
  line(example: Example, learns: boolean, average: Average): void {
    const { observed } = example;
    const count = this.#options.actions!;
    const chosen = observed === null ? -1 : observed.action - 1;
    if (chosen >= count || (observed !== null && chosen < 0))
      throw new InputError(`there is no action ${chosen + 1}: actions are 1 to ${count}`);
    average.count++;
    if (observed === null) return;
    for (let action = 0; action < count; action++) this.#expander.expand(example, null, action, this.#buffer(action));
    this.#decide(count, chosen, observed, 1, learns, average);
  }

  /** One event of several lines, one an action, of which the first `count` are meant. */
  event(shared: Example | null, actions: readonly Example[], count: number, learns: boolean, average: Average): void {
    average.count++;
    let chosen = -1;
    for (let i = 0; i < count; i++)
      if (actions[i]!.observed !== null) {
        if (chosen >= 0) throw new InputError("only one action's cost can be known");
        chosen = i;
      }
    if (chosen < 0) return;
    for (let i = 0; i < count; i++) this.#expander.expand(actions[i]!, shared, i, this.#buffer(i));
    this.#decide(count, chosen, actions[chosen]!.observed!, shared?.importance ?? 1, learns, average);
  }

  endPass(): void {
    this.#learners.endPass();
  }

  #decide(
    count: number,
    chosen: number,
    { cost, probability }: ObservedCost,
    importance: number,
    learns: boolean,
    average: Average,
  ): void {
    const actions = this.#features;
    const decision: LoggedDecision = { actions, count, chosen, reward: -cost, propensity: probability, importance };
    const probabilities = this.#distribution(count);
    const model = this.#bandit.rewardModel;
    if (learns) {
      this.#bandit.learn(this.#counted(decision));
      this.#learners.joint.time += importance;
    } else model?.foresight.estimate(decision, []);
    const loss =
      this.#options.exploration === null && model
        ? -doublyRobustReward(decision, probabilities.indexOf(1), model.predictions)
        : (probabilities[chosen]! * cost) / probability;
    average.add(importance * loss, importance);
  }

  #buffer(i: number): FeatureBuffer {
    let buffer = this.#features[i];
    if (buffer === undefined) {
      buffer = new FeatureBuffer();
      this.#features.push(buffer);
    }
    return buffer;
  }

  #distribution(count: number): Float64Array {
    const { policy, floor } = this.#exploration;
    const beliefs = this.#bandit.beliefs(this.#features, count);
    const examples = this.#bandit.decisions;
    const probabilities = policyOf(policy).distribution(policy, beliefs, { examples }, true);
    enforceFloor(probabilities, floor);
    return probabilities;
  }

  /** With SquareCB VW learns every decision as if it had been certain, but not where the last action was chosen. */
  #counted(decision: LoggedDecision): LoggedDecision {
    const { countsOnce } = policyOf(this.#exploration.policy);
    return countsOnce && decision.chosen < decision.count - 1 ? { ...decision, propensity: 1 } : decision;
  }
}

/** How many models there are in VW's table: this decides how much of it each one has. */
function modelsOf({ costType, exploration }: BanditOptions): number {
  const own = costType === "dr" ? 2 : 1;
  const committee = exploration && committeeOf(exploration.policy);
  if (!committee) return own;
  return committee.by === "bootstrap" ? committee.heads * own : (committee.heads + 1) * (costType === "ips" ? 1 : 2);
}

function doublyRobustReward({ chosen, reward, propensity }: LoggedDecision, action: number, predictions: number[]) {
  const prediction = predictions[action]!;
  return action === chosen ? prediction + (reward - prediction) / propensity : prediction;
}

/** The heads that vote, with the floor of a cover rounded as VW rounds it. */
function committeeIn32Bits(policy: Policy): Committee | null {
  const committee = committeeOf(policy);
  if (committee?.by !== "cover") return committee;
  const epsilon = "epsilon" in policy ? policy.epsilon : null;
  const floor = (count: number, examples: number): number =>
    epsilon === null
      ? Math.min(fround(1 / count), fround(1 / fround(Math.sqrt(examples * count))))
      : fround(epsilon / count);
  return { ...committee, floor };
}
