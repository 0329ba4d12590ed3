import type { LoggedDecision } from "../../shared/bandit/reductions/logged-decision.ts";
import { InputError } from "../files/input-error.ts";
import type { Average } from "./average.ts";
import { BanditModel } from "./bandit-model.ts";
import type { BanditOptions } from "./bandit-options.ts";
import type { Example, ObservedCost } from "./example.ts";
import { countedCost } from "./label.ts";
import type { VwOptions } from "./options.ts";
import type { Problem } from "./problem.ts";

/**
 * Learns decisions that were logged, and tells what the policy would have cost: for each event the cost that was seen, weighed by the
 * policy's probability of the logged action (before learning) over the log's.
 */
export class LoggedDecisions implements Problem {
  readonly #options: BanditOptions;
  readonly #model: BanditModel;

  constructor(options: VwOptions, bandit: BanditOptions) {
    this.#options = bandit;
    this.#model = new BanditModel(options, bandit);
  }

  /** One line with a cost for one of K actions. */
  example(example: Example, learns: boolean, average: Average): void {
    const { observed } = example;
    const count = this.#options.actions!;
    const chosen = observed === null ? -1 : observed.action - 1;
    if (chosen >= count || (observed !== null && chosen < 0))
      throw new InputError(`there is no action ${chosen + 1}: actions are 1 to ${count}`);
    average.count++;
    if (observed === null) return;
    for (let action = 0; action < count; action++) this.#model.take(action, example, null);
    this.#decide(count, { ...countedCost(observed), action: chosen }, 1, learns, average);
  }

  /** One event of several lines, one an action. */
  event(shared: Example | null, actions: readonly Example[], count: number, learns: boolean, average: Average): void {
    let chosen = -1;
    for (let i = 0; i < count; i++)
      if (actions[i]!.observed !== null) {
        if (chosen >= 0) throw new InputError("only one action's cost can be known");
        chosen = i;
      }
    average.count++;
    if (chosen < 0) return;
    for (let i = 0; i < count; i++) this.#model.take(i, actions[i]!, shared);
    const observed = { ...countedCost(actions[chosen]!.observed!), action: chosen };
    this.#decide(count, observed, shared?.importance ?? 1, learns, average);
  }

  endPass(): void {
    this.#model.endPass();
  }

  #decide(count: number, observed: ObservedCost, importance: number, learns: boolean, average: Average): void {
    const decision = this.#model.decision(count, observed, importance);
    const { probabilities } = this.#model.distribution(count);
    const { costModel } = this.#model;
    if (learns) this.#model.learn(decision);
    else costModel?.foresight.estimate(decision, []);
    const loss =
      this.#options.exploration === null && costModel
        ? -doublyRobustReward(decision, probabilities.indexOf(1), costModel.predictions)
        : (probabilities[observed.action]! * observed.cost) / observed.probability;
    average.add(importance * loss, importance);
  }
}

function doublyRobustReward({ chosen, reward, propensity }: LoggedDecision, action: number, predictions: number[]) {
  const prediction = predictions[action]!;
  return action === chosen ? prediction + (reward - prediction) / propensity : prediction;
}
