import type { ModelSpec, Namespace } from "../contract/spec.ts";

/** Most features that an interaction gives an action with the learner `auto`, so that a page's time is bounded. */
export const MAX_AUTO_INTERACTIONS = 8192;

/** Whether an interaction has too many features even when each value is but one. */
export function isWide(names: readonly Namespace[], { features }: ModelSpec): boolean {
  const count = (name: Namespace) => (name === "graph" ? 1 : Object.keys(features[name]).length);
  return combinations(names, count) > MAX_AUTO_INTERACTIONS;
}

/** How many features an interaction has: choices with repetition from a namespace that is named more than once. */
export function combinations(names: readonly Namespace[], count: (name: Namespace) => number): number {
  let size = 1;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    let repeated = 0;
    for (let j = 0; j < i; j++) if (names[j] === name) repeated++;
    size *= (count(name) + repeated) / (repeated + 1);
  }
  return size;
}

/** As VW, the first of several interactions of the same namespaces counts, in whatever order they name them. */
export function withoutRepeats(interactions: readonly (readonly Namespace[])[]): (readonly Namespace[])[] {
  const seen = new Set<string>();
  return interactions.filter((namespaces) => {
    const key = [...namespaces].sort().join(" ");
    return seen.size < seen.add(key).size;
  });
}
