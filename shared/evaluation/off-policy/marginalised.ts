import type { LoggedChoice } from "./logged-choice.ts";

/**
 * A decision as a choice among categories instead of actions: each has the probabilities of its actions together. IPS of such decisions is marginalised IPS (MIPS; Saito & Joachims, "Off-policy evaluation for large action spaces via embeddings",
 * ICML 2022): weights stay small where there are thousands of actions, and it is right as long as all that an action does to the reward is in its category.
 * @param categories of all actions, in their order. @returns null when the log does not say the probabilities of all actions.
 */
export function marginalised(choice: LoggedChoice, categories: readonly unknown[]): LoggedChoice | null {
  const { actions, mostWeight: _, ...rest } = choice;
  if (actions?.propensities === undefined) return null;
  const places = new Map<unknown, number>();
  const propensities: number[] = [];
  const targets: number[] = [];
  for (let a = 0; a < actions.targets.length; a++) {
    const place = places.get(categories[a]) ?? places.size;
    places.set(categories[a], place);
    propensities[place] = (propensities[place] ?? 0) + actions.propensities[a]!;
    targets[place] = (targets[place] ?? 0) + actions.targets[a]!;
  }
  const chosen = places.get(categories[actions.chosen])!;
  // Sums of probabilities round.
  const atMostOne = (sums: readonly number[]) => sums.map((sum) => Math.min(1, sum));
  const [propensity, target] = [atMostOne(propensities), atMostOne(targets)];
  return {
    ...rest,
    propensity: propensity[chosen]!,
    target: target[chosen]!,
    actions: { chosen, propensities: propensity, targets: target },
  };
}
