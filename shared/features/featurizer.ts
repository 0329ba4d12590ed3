import type { ModelSpec, Namespace } from "../contract/spec.ts";
import type { FeatureValue, FeatureValues } from "../contract/values.ts";
import { BoundedHashes } from "./bounded-hashes.ts";
import type { KeptParts } from "./featurebuffer.ts";
import { CONSTANT, hashNamespace } from "./hash.ts";
import { type CountedDecision, DecisionFeatures, type FeaturizerInput, type GraphOutput } from "./hashed-decision.ts";
import { isWide, withoutRepeats } from "./interactions.ts";
import { type CallNamed, callFeatures, type NamedFeature, namedFeatures, type Treatment } from "./named-feature.ts";

/**
 * Turns the values of a decision into hashed features, the same way in browser, edge and learner.
 *
 * A number is a feature of that value (0 and what exceeds a 32-bit float give none), true one of value 1, a string a category of value 1 (hashed after
 * VW's `name:category` chain), a list of strings a set of categories. Missing values, false and vectors give none.
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
  readonly bits: number;
  readonly #auto: boolean;
  readonly #ranked: boolean;
  readonly #session: NamedFeature[];
  readonly #profile: NamedFeature[];
  readonly #context: CallNamed[];
  readonly #action: CallNamed[];
  readonly #interactions: readonly (readonly Namespace[])[];
  readonly #graphNames = new BoundedHashes(hashNamespace("graph"));
  #inPlace: DecisionFeatures | null = null;

  constructor(spec: ModelSpec) {
    this.bits = spec.learner.bits;
    this.#auto = spec.learner.type === "auto";
    this.#ranked = this.#auto && spec.task.type === "rank";
    this.#interactions = withoutRepeats(spec.interactions);
    const treatment = (namespace: Exclude<Namespace, "graph">): Treatment => {
      if (!this.#auto) return "none";
      return this.#interactions.some((names) => names.includes(namespace) && isWide(names, spec))
        ? "zeros apart"
        : "all";
    };
    this.#session = namedFeatures("session", spec.features.session, treatment("session"));
    this.#profile = namedFeatures("profile", spec.features.profile, treatment("profile"));
    this.#context = callFeatures("context", spec.features.context, treatment("context"));
    this.#action = callFeatures("action", spec.features.action, treatment("action"));
  }

  /**
   * Hashes what all actions have in common. An action's own features are hashed when it is first expanded.
   * @param parts keeps what each feature was made from, for an explanation.
   */
  hash(input: FeaturizerInput, parts: KeptParts | null = null): CountedDecision {
    return this.#fill(this.#decision(parts), input);
  }

  /**
   * As `hash`, in the memory of what this gave last, which is then no more: for learners, who are done with a decision before they ask for the
   * next. Making its buffers anew would take a third of the time of an example.
   */
  hashInPlace(input: FeaturizerInput): CountedDecision {
    this.#inPlace ??= this.#decision(null);
    return this.#fill(this.#inPlace, input);
  }

  #decision(parts: KeptParts | null): DecisionFeatures {
    return new DecisionFeatures(this.bits, this.#interactions, this.#action, this.#auto, this.#ranked, parts);
  }

  #fill(decision: DecisionFeatures, input: FeaturizerInput): DecisionFeatures {
    const { common, apart, ends } = decision;
    const graph: GraphOutput[] = [];
    if (input.graph !== null)
      for (const name of Object.keys(input.graph).sort())
        graph.push({ name, index: this.#graphNames.get(name), values: input.graph[name]! });
    decision.begin(input, graph);
    common.push(CONSTANT, 1);
    common.parts?.add({ namespace: "constant", name: "constant" }, 1, common);
    ends.constant = common.length;
    for (const { feature, name } of this.#session) feature.push(own(input.sessionFeatures, name), common, apart);
    ends.session = common.length;
    for (const { feature, compute } of this.#context) feature.push(compute(input.context, input.at), common, apart);
    ends.context = common.length;
    for (const { feature, name } of this.#profile) feature.push(own(input.profileFeatures, name), common, apart);
    ends.profile = common.length;
    return decision;
  }
}

const own = (values: FeatureValues, name: string): FeatureValue | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;
