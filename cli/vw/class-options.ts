import { UsageError } from "../command.ts";
import type { BanditOptions } from "./bandit-options.ts";
import type { GivenOptions } from "./given-options.ts";

/** One of several classes is to be found (`--oaa`). */
export type ClassOptions = {
  count: number;
  /** The number of the first class, 0 or 1; null: as the first label that is 0, or `count`, tells. */
  first: 0 | 1 | null;
  /** Whether each class is told a probability or a score, and not the best alone. */
  scores: boolean;
};

const MOST_CLASSES = 2 ** 16;

/** @throws UsageError naming options that do not go together, or have no such value. */
export function readClasses(given: GivenOptions, bandit: BanditOptions | null): ClassOptions | null {
  const count = given.whole("oaa", 1, MOST_CLASSES);
  if (count === undefined) return null;
  if (bandit !== null) throw new UsageError("--oaa and contextual bandits are different problems: give one of them.");
  // VW learns from what the link makes of a prediction there.
  if (given.has("link") && given.text("link") !== "identity" && !given.has("probabilities"))
    throw new UsageError("--oaa has no --link but with --probabilities.");
  return {
    count,
    first: (given.whole("indexing", 0, 1) as 0 | 1 | undefined) ?? null,
    scores: given.has("probabilities") || given.has("scores"),
  };
}

/** @throws UsageError when it is none, or there is nothing that has classes. */
export function readClassWeights(given: GivenOptions, bandit: BanditOptions | null): Map<number, number> {
  const texts = given.all("classweight").flatMap((text) => text.split(",").filter(Boolean));
  if (texts.length > 0 && bandit !== null && bandit.simulation?.known !== "class")
    throw new UsageError("--classweight needs labels that are numbers or classes.");
  return new Map(
    texts.map((text) => {
      const [, label, weight] = /^(-?\d+):([^:]+)$/.exec(text) ?? [];
      const value = Math.fround(Number(weight));
      if (label === undefined || !(value >= 0 && value < Number.POSITIVE_INFINITY))
        throw new UsageError(`--classweight takes CLASS:WEIGHT, several with commas, not ${JSON.stringify(text)}.`);
      return [Number(label), value];
    }),
  );
}
