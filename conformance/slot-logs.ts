import type { LoggedChoice } from "../shared/evaluation/off-policy/logged-choice.ts";
import { seededRandom } from "./random.ts";

/** A world of lists whose slots are filled from the top, and whose truth can be counted out. */
export type SlotWorld = {
  name: string;
  actions: number;
  slots: number;
  /** How much more a slot earns for a better action above it; 0: slots do not depend on each other. */
  interaction: number;
  /** Whether an action may stand in several slots: else each is chosen from what those above left. */
  repeats: boolean;
  /** How sure of the better actions the logging policy and the target policy are; 0: they choose uniformly. */
  logging: number;
  target: number;
};

export const slotWorlds: readonly SlotWorld[] = [
  { name: "3 slots of 5, each by itself", actions: 5, slots: 3, interaction: 0, repeats: true, logging: 0, target: 3 },
  {
    name: "3 slots of 5, by those above",
    actions: 5,
    slots: 3,
    interaction: 0.8,
    repeats: true,
    logging: 0,
    target: 3,
  },
  {
    name: "3 slots of 5, of what is left",
    actions: 5,
    slots: 3,
    interaction: 0,
    repeats: false,
    logging: 0,
    target: 3,
  },
  {
    ...{ name: "4 slots of 6, logged near the target", actions: 6, slots: 4, interaction: 0.3, repeats: false },
    ...{ logging: 2, target: 4 },
  },
];

const quality = (action: number, { actions }: SlotWorld) => action / (actions - 1);

/** The probabilities of the actions that are left. */
function probabilities(left: readonly number[], sureness: number, world: SlotWorld): number[] {
  const masses = left.map((action) => Math.exp(sureness * quality(action, world)));
  const sum = masses.reduce((a, b) => a + b, 0);
  return masses.map((mass) => mass / sum);
}

/** The mean reward of an action, below another. */
function mean(action: number, above: number | null, world: SlotWorld): number {
  const helped = above === null ? 0.5 : quality(above, world);
  return 0.1 + 0.4 * quality(action, world) * (1 - world.interaction) + 0.4 * world.interaction * helped;
}

/** What the target's lists earn. */
export function slotTruth(world: SlotWorld): number {
  const value = (left: readonly number[], above: number | null, slot: number): number => {
    if (slot === world.slots) return 0;
    const targets = probabilities(left, world.target, world);
    return left.reduce((sum, action, i) => {
      const below = value(world.repeats ? left : left.filter((other) => other !== action), action, slot + 1);
      return sum + targets[i]! * (mean(action, above, world) + below);
    }, 0);
  };
  return value(
    Array.from({ length: world.actions }, (_, action) => action),
    null,
    0,
  );
}

/** @returns the slots of each list. The model predicts what an action earns below an average one. */
export function slotLog(world: SlotWorld, n: number, seed: number): LoggedChoice[][] {
  const random = seededRandom(seed);
  return Array.from({ length: n }, () => {
    let left = Array.from({ length: world.actions }, (_, action) => action);
    let above: number | null = null;
    return Array.from({ length: world.slots }, (): LoggedChoice => {
      const propensities = probabilities(left, world.logging, world);
      const targets = probabilities(left, world.target, world);
      let chosen = 0;
      for (let u = random() - propensities[0]!; u >= 0 && chosen < left.length - 1; u -= propensities[chosen]!)
        chosen++;
      const action = left[chosen]!;
      const reward = Number(random() < mean(action, above, world));
      const predictions = left.map((other) => mean(other, null, world));
      if (!world.repeats) left = left.filter((other) => other !== action);
      above = action;
      const actions = { chosen, propensities, targets, predictions };
      return { reward, propensity: propensities[chosen]!, target: targets[chosen]!, actions };
    });
  });
}
