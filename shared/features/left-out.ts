import type { ModelSpec } from "../contract/spec.ts";
import { Featurizer } from "./featurizer.ts";
import type { FeaturizerInput } from "./hashed-decision.ts";
import { MAX_AUTO_INTERACTIONS } from "./interactions.ts";

type Joining = { name: string; auto: Featurizer; whole: Featurizer };

/** Actions of a decision that go without an interaction, by its name, such as `context × action`: as ids; of a model that predicts, one that is empty. */
export type Without = Map<string, string[]>;

/**
 * Tells which actions the learner `auto` joins nothing of, because they have too many features (interactions.ts, long texts and vectors). Such an action is chosen without what would be known of it together with the
 * visitor, and another of the same list may not be. For who develops a page, or looks at a log: it hashes each decision anew.
 */
export class LeftOut {
  readonly #joining: readonly Joining[];

  constructor(spec: ModelSpec) {
    const { learner } = spec;
    this.#joining =
      learner.type !== "auto"
        ? []
        : spec.interactions.map((namespaces) => {
            const alone = { ...spec, interactions: [namespaces] };
            return {
              name: namespaces.join(" × "),
              auto: new Featurizer(alone),
              whole: new Featurizer({ ...alone, learner: { type: "adaptive", bits: learner.bits, learningRate: 1 } }),
            };
          });
  }

  of(input: FeaturizerInput): Without {
    const without: Without = new Map();
    for (const { name, auto, whole } of this.#joining) {
      const kept = auto.hashInPlace(input);
      const all = whole.hashInPlace(input);
      const ids = Array.from({ length: kept.count }, (_, action) => action).filter(
        (action) => joined(kept, action) === 0 && joined(all, action) > MAX_AUTO_INTERACTIONS,
      );
      if (ids.length > 0)
        without.set(
          name,
          ids.map((action) => input.actions[action]?.id ?? ""),
        );
    }
    return without;
  }
}

function joined(decision: ReturnType<Featurizer["hashInPlace"]>, action: number): number {
  const { all, singles } = decision.counts(action);
  return all - singles;
}
