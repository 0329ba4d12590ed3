import type { CallOperator, ModelSpec, Namespace } from "../contract/spec.ts";
import { callFeature } from "./call.ts";
import { type CallFeature, callOperators, property } from "./call-operators.ts";
import type { Treatment } from "./feature-kind.ts";
import type { KeptParts } from "./featurebuffer.ts";
import { type CountedDecision, DecisionFeatures, type FeaturizerInput } from "./hashed-decision.ts";
import { isWide, withoutRepeats } from "./interactions.ts";
import { HashedFeature, type NamedFeature } from "./named-feature.ts";

/**
 * Turns the values of a decision into hashed features, the same way in browser, edge and learner.
 *
 * A number is a feature of that value (0 and what exceeds a 32-bit float give none), true one of value 1, a string a category of value 1 (hashed after
 * VW's `name:category` chain), a list of strings a set of categories. Missing values and false give none. A vector gives none where there is a graph, whose input it is, and in specs of format 1; else its numbers (vector-feature.ts).
 * An action that has no feature of its own has its id as one, in a model without a graph.
 *
 * With the learner `auto`, a number gets the default treatment instead (numeric.ts): its coarse features stand in its
 * namespace, and take part in interactions; the linear and then the fine ones follow all namespaces. What an author has treated with `log1p` stays as it is.
 * An interaction that would give an action more than MAX_AUTO_INTERACTIONS features is left out, so that a page's time is bounded. Where there are
 * so many features that it always would, zeros are not joined with others: of many numbers most are often 0.
 *
 * Features come in order of their names, whatever the order of keys in the spec, because the order decides the last bit
 * of a score, and specs with equal canonical JSON must score alike.
 */
export class Featurizer {
  readonly #decision: (parts: KeptParts | null) => DecisionFeatures;
  #inPlace: DecisionFeatures | undefined;

  constructor(spec: ModelSpec) {
    const { features, learner, task } = spec;
    // Vectors, which alone have a size, are for a graph where there is one; in format 1 nothing else sees them.
    const seesVectors = spec.format! > 1 && !spec.graph;
    const auto = learner.type === "auto";
    const interactions = withoutRepeats(spec.interactions);
    /** The features of a namespace in the order of their names. */
    const named = (
      namespace: keyof typeof features,
      compute: (operator: CallOperator, name: string) => CallFeature,
    ) => {
      const operators = features[namespace] as Record<string, CallOperator>;
      const isApart = (names: readonly Namespace[]) => names.includes(namespace) && isWide(names, spec);
      const treatment: Treatment = !auto ? "none" : interactions.some(isApart) ? "zeros apart" : "all";
      return Object.keys(operators)
        .sort()
        .filter((name) => seesVectors || !("size" in operators[name]!))
        .map((name): NamedFeature => {
          const operator = operators[name]!;
          const Feature = callOperators.kinds?.[operator.op] ?? HashedFeature;
          return {
            feature: new Feature(namespace, name, operator.op === "log1p" ? "none" : treatment),
            compute: compute(operator, name),
          };
        });
    };
    // What session and profile gave is in the call by the names of their features.
    const recorded = (_: unknown, name: string) => property(name) as CallFeature;
    const own = named("action", callFeature);
    // What has no features is told by its id; or by what the graph makes of it where there is one.
    const byId: CallFeature = (...given) =>
      !spec.graph && own.every(({ compute }) => (compute(...given) ?? false) === false) && given[2]!;
    const hashed = {
      session: named("session", recorded),
      context: named("context", callFeature),
      profile: named("profile", recorded),
      action: [...own, { feature: new HashedFeature("action", "id", "none"), compute: byId }],
    };
    // By the time, by what the session did, or by what stands elsewhere in the call, the same action may have something else.
    const isFixed = Object.values(features.action).every((one) => "path" in one && !("event" in one || "to" in one));
    this.#decision = (parts) =>
      new DecisionFeatures(learner.bits, interactions, hashed, isFixed, auto, auto && task.type === "rank", parts);
  }

  /**
   * Hashes what all actions have in common. An action's own features are hashed when it is first expanded.
   * @param parts keeps what each feature was made from, for an explanation.
   */
  hash(input: FeaturizerInput, parts: KeptParts | null = null): CountedDecision {
    return this.#decision(parts).take(input);
  }

  /**
   * As `hash`, in the memory of what this gave last, which is then no more: for whoever is done with a decision before he asks for the
   * next. Making its buffers anew would take a third of the time of an example. Actions that were hashed before are not hashed again.
   */
  hashInPlace(input: FeaturizerInput): CountedDecision {
    this.#inPlace ??= this.#decision(null);
    return this.#inPlace.take(input);
  }
}
