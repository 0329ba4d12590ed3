import type { BanditLearner } from "../../shared/bandit/reductions/bandit-learner.ts";
import type { Explorer } from "../../shared/bandit/reductions/explorer.ts";
import type { LoggedDecision } from "../../shared/bandit/reductions/logged-decision.ts";
import { OnlineBootstrap } from "../../shared/bandit/reductions/online-bootstrap.ts";
import { OnlineCover } from "../../shared/bandit/reductions/online-cover.ts";
import { RegressionOnAll } from "../../shared/bandit/reductions/regression-on-all.ts";
import { RegressionOnChosen } from "../../shared/bandit/reductions/regression-on-chosen.ts";
import {
  chosenReward,
  DoublyRobust,
  inversePropensity,
  type RewardEstimates,
} from "../../shared/bandit/reductions/reward-estimates.ts";
import { ScoredPolicy, type ScorePolicy } from "../../shared/bandit/reductions/scored-policy.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { probabilities as epsilonGreedy } from "../../shared/policies/epsilon-greedy.ts";
import { enforceFloor } from "../../shared/policies/floor.ts";
import { probabilities as softmax } from "../../shared/policies/softmax.ts";
import { probabilities as tauFirst } from "../../shared/policies/tau-first.ts";
import type { Average } from "./average.ts";
import type { Example } from "./example.ts";
import { Expander } from "./expander.ts";
import { bitsOfModels, indexOfAction } from "./index-of-action.ts";
import { InputError } from "./input-error.ts";
import { Interactions } from "./interactions.ts";
import { Learners } from "./learners.ts";
import { merand48 } from "./merand48.ts";
import type { BanditOptions, CostType, Exploration, VwOptions } from "./options.ts";
import { squareCb, squareCbGamma } from "./square-cb.ts";

/**
 * Learns logged decisions, and reports what the policy would have cost: for each event the cost that was seen, weighed by the
 * policy's probability of the logged action (before learning) over the log's.
 */
export class Bandit {
  readonly #options: BanditOptions;
  readonly #expander: Expander;
  readonly #learners: Learners;
  readonly #explorer: Explorer;
  /** The model of --cb_type dr, which evaluates, too, where nothing explores. */
  readonly #models: DoublyRobust[] = [];
  readonly #features: FeatureBuffer[] = [];
  readonly #average: Average;

  constructor(options: VwOptions, bandit: BanditOptions, average: Average) {
    const { constant, quadratic } = options;
    const models = modelsOf(bandit);
    const actionIndex = bandit.actions === null ? undefined : indexOfAction(bandit.actions, models);
    const bits = options.bits - bitsOfModels(models, actionIndex !== undefined);
    if (bits < 1)
      throw new InputError(`a table of 2^${options.bits} has no room for ${models} models: give a larger -b`);
    const interactions = new Interactions(quadratic);
    this.#expander = new Expander({ bits, constant, interactions, ...(actionIndex && { actionIndex }) });
    this.#options = bandit;
    this.#learners = new Learners(options, bits);
    this.#explorer = this.#explore(bandit.exploration, bandit.costType);
    this.#average = average;
  }

  /** Learns one line with a cost for one of K actions. */
  line(example: Example): void {
    const { observed } = example;
    const count = this.#options.actions!;
    const chosen = observed === null ? -1 : observed.action - 1;
    if (chosen >= count || (observed !== null && chosen < 0))
      throw new InputError(`there is no action ${chosen + 1}: actions are 1 to ${count}`);
    this.#average.count++;
    if (observed === null) return;
    for (let action = 0; action < count; action++) this.#expander.expand(example, null, action, this.#buffer(action));
    this.#learn(count, chosen, observed.cost, observed.probability, 1);
  }

  /** Learns one event of several lines, one an action, of which the first `count` are meant. */
  event(shared: Example | null, actions: readonly Example[], count: number): void {
    this.#average.count++;
    let chosen = -1;
    for (let i = 0; i < count; i++)
      if (actions[i]!.observed !== null) {
        if (chosen >= 0) throw new InputError("only one action's cost can be known");
        chosen = i;
      }
    if (chosen < 0) return;
    const { cost, probability } = actions[chosen]!.observed!;
    for (let i = 0; i < count; i++) this.#expander.expand(actions[i]!, shared, i, this.#buffer(i));
    this.#learn(count, chosen, cost, probability, shared?.importance ?? 1);
  }

  #learn(count: number, chosen: number, cost: number, probability: number, importance: number): void {
    const actions = this.#features;
    const decision: LoggedDecision = { actions, count, chosen, reward: -cost, propensity: probability, importance };
    const probabilities = this.#explorer.distribution(actions, count);
    this.#explorer.learn(decision);
    this.#learners.shared.time += importance;
    const model = this.#models[0];
    const loss =
      this.#options.exploration === null && model
        ? -doublyRobustReward(decision, probabilities.indexOf(1), model.predictions)
        : (probabilities[chosen]! * cost) / probability;
    this.#average.add(loss, importance);
  }

  #buffer(i: number): FeatureBuffer {
    let buffer = this.#features[i];
    if (buffer === undefined) {
      buffer = new FeatureBuffer();
      this.#features.push(buffer);
    }
    return buffer;
  }

  #explore(exploration: Exploration | null, costType: CostType): Explorer {
    switch (exploration?.type) {
      case "bag": {
        const bags = Array.from({ length: exploration.bags }, () => this.#learner(costType));
        return new OnlineBootstrap(bags, exploration.epsilon, merand48(0n));
      }
      case "cover": {
        const base = this.#learner(costType);
        const learners = Array.from({ length: exploration.policies - 1 }, () => this.#learners.next());
        // With dr the base's model is asked, before it learns.
        const estimates =
          costType === "ips"
            ? inversePropensity
            : (this.#models[0]?.foresight ?? new DoublyRobust(this.#learners.next()));
        return new OnlineCover({ base, learners, estimates, epsilon: exploration.epsilon });
      }
      case "squareCb":
        return new UnweightedBandit(new ScoredPolicy(this.#learner(costType), policyOf(exploration)));
      default:
        return new ScoredPolicy(
          this.#learner(costType),
          policyOf(exploration ?? { type: "tauFirst", tau: 0, epsilon: 0 }),
        );
    }
  }

  #learner(costType: CostType): BanditLearner {
    const learner = this.#learners.next();
    if (costType === "mtr") return new RegressionOnChosen(learner);
    return new RegressionOnAll(learner, this.#estimates(costType));
  }

  #estimates(costType: "ips" | "dm" | "dr"): RewardEstimates {
    if (costType === "ips") return inversePropensity;
    if (costType === "dm") return chosenReward;
    const model = new DoublyRobust(this.#learners.next());
    this.#models.push(model);
    return model;
  }
}

/** How many models there are in VW's table: this decides how much of it each one has. */
function modelsOf({ costType, exploration }: BanditOptions): number {
  const own = costType === "dr" ? 2 : 1;
  if (exploration?.type === "bag") return exploration.bags * own;
  if (exploration?.type === "cover") return (exploration.policies + 1) * (costType === "ips" ? 1 : 2);
  return own;
}

function policyOf(exploration: Exclude<Exploration, { type: "bag" | "cover" }>): ScorePolicy {
  switch (exploration.type) {
    case "epsilonGreedy":
      return (scores) => epsilonGreedy(scores, exploration.epsilon);
    case "softmax":
      return (scores) => floored(softmaxOf(scores, exploration.lambda), exploration.epsilon);
    case "squareCb":
      return (scores, examples) => floored(squareCb(scores, squareCbGamma(examples)), exploration.epsilon);
    case "tauFirst":
      return (scores, examples) => floored(tauFirst(scores, exploration.tau, examples), exploration.epsilon);
  }
}

/** A lambda below 0 prefers what costs more. */
const softmaxOf = (scores: Float64Array, lambda: number): Float64Array =>
  lambda < 0
    ? softmax(
        scores.map((x) => -x),
        -lambda,
      )
    : softmax(scores, lambda);

function floored(probabilities: Float64Array, epsilon: number): Float64Array {
  enforceFloor(probabilities, epsilon);
  return probabilities;
}

function doublyRobustReward({ chosen, reward, propensity }: LoggedDecision, action: number, predictions: number[]) {
  const prediction = predictions[action]!;
  return action === chosen ? prediction + (reward - prediction) / propensity : prediction;
}

/** As VW's SquareCB learns: every decision counts as if it had been certain, but not where the last action was chosen. */
class UnweightedBandit implements Explorer {
  readonly #explorer: Explorer;

  constructor(explorer: Explorer) {
    this.#explorer = explorer;
  }

  distribution(actions: readonly FeatureBuffer[], count: number): Float64Array {
    return this.#explorer.distribution(actions, count);
  }

  learn(decision: LoggedDecision): void {
    const isLast = decision.chosen === decision.count - 1;
    this.#explorer.learn(isLast ? decision : { ...decision, propensity: 1 });
  }
}
