import { murmur3 } from "../../shared/math/murmur3.ts";
import { MAX_FLOAT32 } from "../../shared/online/magnitude.ts";
import type { Average } from "./average.ts";
import { BanditModel } from "./bandit-model.ts";
import type { BanditOptions, Simulation } from "./bandit-options.ts";
import type { ClassCost, Example } from "./example.ts";
import { merand48 } from "./merand48.ts";
import type { VwOptions } from "./options.ts";
import type { Problem } from "./problem.ts";
import { sampled } from "./sampled.ts";

const fround = Math.fround;

/** What VW's draws begin with. */
const SEED = murmur3("vw", 0);

/**
 * Makes decisions of examples whose right answers are known (VW's `--cbify` and `--cbify_ldf`), and learns each from the cost of the action that was
 * sampled alone. Tells what those actions cost.
 */
export class SimulatedDecisions implements Problem {
  readonly #simulation: Simulation;
  readonly #actions: number | null;
  readonly #model: BanditModel;
  #drawn = 0;

  constructor(options: VwOptions, bandit: BanditOptions, simulation: Simulation) {
    this.#simulation = simulation;
    this.#actions = bandit.actions;
    this.#model = new BanditModel(options, bandit);
  }

  /** One line, of which an action is one of the classes. */
  example(example: Example, learns: boolean, average: Average): void {
    average.count++;
    const { label, costs, importance } = example;
    const count = this.#actions!;
    const byCosts = this.#simulation.known === "costs";
    if (byCosts ? !costs.some(isKnown) : label === null) return;
    for (let action = 0; action < count; action++) this.#model.take(action, example, null);
    const { action, probability } = this.#sampled(count);
    const { right, wrong } = this.#simulation;
    const cost = byCosts ? this.#costOf(costs, action + 1) : action + 1 === label ? right : wrong;
    if (learns) this.#model.learn(this.#model.decision(count, { action, cost, probability }, importance));
    // What is told is by how much the class is worse than the best, whatever costs the decisions were learned with.
    const loss = byCosts ? regret(costs, action + 1) : action + 1 === label ? 0 : 1;
    average.add(importance * loss, importance);
  }

  /** One event of several lines, one an action, each with its cost. */
  event(shared: Example | null, actions: readonly Example[], count: number, learns: boolean, average: Average): void {
    average.count++;
    const costs = actions.slice(0, count).map((action) => action.costs[0]);
    if (!costs.some((cost) => cost !== undefined && isKnown(cost))) return;
    for (let i = 0; i < count; i++) this.#model.take(i, actions[i]!, shared);
    const { action, probability } = this.#sampled(count);
    // VW takes the number of the line for that of its class.
    const cost = this.#costOf(
      costs.filter((cost) => cost !== undefined),
      action + 1,
    );
    if (learns) this.#model.learn(this.#model.decision(count, { action, cost, probability }, 1));
    const told = costs[action];
    average.add(told?.label === action + 1 ? (told.cost ?? 0) : 0, 1);
  }

  endPass(): void {
    this.#model.endPass();
  }

  #costOf(costs: readonly ClassCost[], label: number): number {
    const { right, wrong } = this.#simulation;
    const cost = costs.find((known) => known.label === label)?.cost ?? 0;
    return fround(right + fround(fround(wrong - right) * cost));
  }

  #sampled(count: number): { action: number; probability: number } {
    return sampled(this.#model.distribution(count), merand48(BigInt(SEED + this.#drawn++))());
  }
}

const isKnown = ({ cost }: ClassCost): boolean => cost !== null;

function regret(costs: readonly ClassCost[], label: number): number {
  const least = Math.min(...costs.map(({ cost }) => cost ?? MAX_FLOAT32));
  return (costs.find((known) => known.label === label)?.cost ?? MAX_FLOAT32) - least;
}
