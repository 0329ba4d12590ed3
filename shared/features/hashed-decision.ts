import type { Namespace } from "../contract/spec.ts";
import type { FeatureValues, Properties } from "../contract/values.ts";
import type { FeatureBuffer, KeptParts } from "./featurebuffer.ts";
import { CONSTANT, interact2, spread } from "./hash.ts";
import { combinations, MAX_AUTO_INTERACTIONS } from "./interactions.ts";
import { blockOf, type Joinable, JoinableFeatures, sizeOf } from "./joinable-features.ts";
import { HashedFeature, type SpecFeatures } from "./named-feature.ts";

/** What one decision is made from. */
export type FeaturizerInput = {
  /** Time of the decision, ms since the epoch. */
  at: number;
  context: Properties;
  sessionFeatures: FeatureValues;
  profileFeatures: FeatureValues;
  /** A predict call has none: it is treated as one action without features. */
  actions: readonly { id: string; features: Properties }[];
  /** Outputs of the graph, one value an action. */
  graph: Record<string, number[]> | null;
};

/** A decision of which what its actions have in common is hashed. */
export interface HashedDecision {
  /** Number of actions; 1 for predict. */
  readonly count: number;
  /**
   * Replaces what `into` holds with all features of one action: the constant; the namespaces session, context, profile,
   * action, graph; then the interactions in the spec's order. `into.plain`, `singles` and `common` are set; and `parts`, if the
   * decision was hashed with them.
   * @throws RangeError when `action` is not an index below `count`.
   */
  expand(action: number, into: FeatureBuffer): void;
}

/** How many features an action has: what all have in common of them, all but interactions, and all. */
export type FeatureCounts = { common: number; singles: number; all: number };

/** A decision that says how many features its actions have before they are expanded. */
export interface CountedDecision extends HashedDecision {
  /** How many features `expand` would give, in time that does not grow with the interactions. @throws RangeError as `expand`. */
  counts(action: number): FeatureCounts;
}

/** An output of the graph: its feature, and the values, one an action. */
type GraphOutput = { feature: HashedFeature; values: number[] };

/** Where Featurizer puts a decision: what its actions have in common, and their own features from when they are first expanded. */
export class DecisionFeatures implements CountedDecision {
  count = 1;
  readonly #mask: number;
  readonly #interactions: readonly (readonly Namespace[])[];
  readonly #features: SpecFeatures;
  readonly #auto: boolean;
  /** Passes in which features are joined (numeric.ts); 0: all at once, as they have no kinds. */
  readonly #passes: readonly number[];
  #graph: readonly GraphOutput[] = [];
  #actions: FeaturizerInput["actions"] = [];
  #time = 0;
  readonly #common: JoinableFeatures;
  /** Own features of the actions that were asked for, one action after the other. */
  readonly #own: JoinableFeatures;
  readonly #ofGraph: JoinableFeatures;
  /** By action; undefined: it was not asked for yet. */
  readonly #hashed: (Joinable | undefined)[] = [];
  /** What is joined of each namespace; of action and graph, of the action that was asked for last. */
  readonly #joined: Record<Namespace, Joinable>;

  constructor(
    bits: number,
    interactions: readonly (readonly Namespace[])[],
    features: SpecFeatures,
    auto: boolean,
    ranked: boolean,
    parts: KeptParts | null,
  ) {
    this.#mask = 2 ** bits - 1;
    this.#interactions = interactions;
    this.#features = features;
    this.#auto = auto;
    this.#passes = ranked ? [1, 2] : [0];
    this.#common = new JoinableFeatures(ranked, parts);
    this.#own = new JoinableFeatures(ranked, parts);
    this.#ofGraph = new JoinableFeatures(ranked, parts);
    const none = this.#common.joinable();
    this.#joined = { session: none, context: none, profile: none, action: none, graph: none };
  }

  /** Takes a decision, and forgets the one that was here. */
  take({ at, actions, graph, context, sessionFeatures, profileFeatures }: FeaturizerInput): this {
    this.count = Math.max(1, actions.length);
    this.#actions = actions;
    this.#time = at;
    this.#graph = Object.keys(graph ?? {})
      .sort()
      .map((name) => ({ feature: new HashedFeature("graph", name, "none"), values: graph![name]! }));
    this.#hashed.length = 0;
    this.#own.clear();
    const common = this.#common;
    common.clear();
    const { features } = common;
    features.push(CONSTANT, 1);
    features.parts?.add({ namespace: "constant", name: "constant" }, 1, features);
    common.joinable();
    const given = { session: sessionFeatures, context, profile: profileFeatures };
    for (const namespace of ["session", "context", "profile"] as const) {
      for (const { feature, compute } of this.#features[namespace])
        feature.push(compute(given[namespace] as Properties, at), common);
      this.#joined[namespace] = common.joinable();
    }
    return this;
  }

  counts(action: number): FeatureCounts {
    const { features, linear, fine } = this.#common;
    const own = this.#ask(action);
    const singles =
      features.length +
      (own.end - own.start) +
      this.#ofGraph.features.length +
      linear.length +
      (own.linear[1] - own.linear[0]) +
      fine.length +
      (own.fine[1] - own.fine[0]);
    const all = this.#joining().reduce((sum, namespaces) => sum + this.#combinations(namespaces), singles);
    return { common: features.length, singles, all };
  }

  expand(action: number, into: FeatureBuffer): void {
    const common = this.#common;
    const own = this.#ask(action);
    const { features, linear, fine } = own.among;
    const mask = this.#mask;
    const all = (from: FeatureBuffer) => append(from, 0, from.length, into, mask);
    into.clear();
    into.parts = features.parts?.another() ?? null;
    all(common.features);
    append(features, own.start, own.end, into, mask);
    all(this.#ofGraph.features);
    all(common.linear);
    append(linear, ...own.linear, into, mask);
    into.plain = into.length;
    all(common.fine);
    append(fine, ...own.fine, into, mask);
    into.singles = into.length;
    into.common = common.features.length;
    const joining = this.#joining();
    // What is joined by its kinds, and then what is joined by others.
    for (const pass of this.#passes) {
      for (const namespaces of joining) this.#join(namespaces, pass, into);
      into.straight ||= into.length;
    }
  }

  /** The interactions that the action has which was asked for last: with the learner `auto`, it does without one of too many features. */
  #joining(): readonly (readonly Namespace[])[] {
    if (!this.#auto) return this.#interactions;
    return this.#interactions.filter((namespaces) => this.#combinations(namespaces) <= MAX_AUTO_INTERACTIONS);
  }

  /** How many features an interaction has. */
  #combinations(namespaces: readonly Namespace[]): number {
    const of = (size: (joined: Joinable) => number) => combinations(namespaces, (name) => size(this.#joined[name]));
    const block = (block: number) => of((joined) => sizeOf(joined, block));
    if (!this.#passes[0]) return block(0);
    // Those that share more than one bit are all categories; none is of kind 0.
    const categories = of((joined) => (sizeOf(joined, 1) + sizeOf(joined, 2) - sizeOf(joined, 3)) / 2);
    return block(0) + block(1) + block(2) - 2 * categories;
  }

  /** Hashes an action's own features, unless they are by now, and its graph outputs. */
  #ask(action: number): Joinable {
    if (!(action >= 0 && action < this.count)) throw new RangeError(`there is no action ${action} of ${this.count}`);
    let own = this.#hashed[action];
    if (!own) {
      const given = this.#actions[action];
      if (given)
        for (const { feature, compute } of this.#features.action)
          feature.push(compute(given.features, this.#time), this.#own);
      own = this.#own.joinable();
      this.#hashed[action] = own;
    }
    this.#joined.action = own;
    const outputs = this.#ofGraph;
    outputs.clear();
    for (const { feature, values } of this.#graph) feature.push(values[action], outputs);
    this.#joined.graph = outputs.joinable();
    return own;
  }

  /** Joins the features of two namespaces, or of three: then those of the last two with each of the first. */
  #join([first, second, third]: readonly Namespace[], pass: number, into: FeatureBuffer): void {
    const a = this.#joined[first!];
    const b = this.#joined[second!];
    if (third === undefined) this.#pairs(a, b, pass, into);
    else for (let i = a.start; i < a.end; i++) this.#pairs(b, this.#joined[third], pass, into, a, i);
  }

  /**
   * Joins each feature of one namespace with each of another. A namespace that stands in an interaction more than once gives each combination of its features once:
   * later ones do not go back.
   * @param outer of which the feature at the place `at` is joined with them all; undefined: none.
   */
  #pairs(first: Joinable, second: Joinable, pass: number, into: FeatureBuffer, outer?: Joinable, at = 0): void {
    const { features } = first.among;
    const { features: others, order } = second.among;
    const { indices: otherIndices, values: otherValues } = others;
    const { blocks } = second;
    const mask = this.#mask;
    into.reserve((first.end - first.start) * (second.end - second.start));
    const { indices, values, parts } = into;
    let n = into.length;
    const begins = second === first || second === outer ? blocks.slice() : (blocks as number[]);
    for (let i = first === outer ? at : first.start; i < first.end; i++) {
      let index = features.indices[i]!;
      let value = features.values[i]!;
      let kinds = index;
      const outers = outer?.among.features;
      if (outers) {
        kinds &= outers.indices[at]!;
        index = interact2(outers.indices[at]!, index);
        value *= outers.values[at]!;
      }
      const block = blockOf(pass, kinds);
      if (block < 0) continue;
      const from = second === first ? i : second === outer ? at : 0;
      const end = blocks[block + 1]!;
      let j = begins[block]!;
      while (j < end && order[j]! < from) j++;
      begins[block] = j;
      const begun = spread(index);
      for (; j < end; j++) {
        const place = order[j]!;
        indices[n] = (begun ^ otherIndices[place]!) & mask;
        values[n++] = value * otherValues[place]!;
      }
      if (parts)
        for (const place of order.slice(begins[block], end))
          parts.list.push([
            ...(outers?.parts?.list[at] ?? []),
            ...features.parts!.list[i]!,
            ...others.parts!.list[place]!,
          ]);
    }
    into.length = n;
  }
}

/** Copies features from `start` to before `end`. @param mask of their indices. */
function append(from: FeatureBuffer, start: number, end: number, into: FeatureBuffer, mask: number): void {
  const more = end - start;
  into.reserve(more);
  const { indices, values } = into;
  const at = into.length;
  for (let i = 0; i < more; i++) {
    indices[at + i] = from.indices[start + i]! & mask;
    values[at + i] = from.values[start + i]!;
  }
  into.length = at + more;
  if (from.parts) into.parts!.append(from.parts, start, end);
}
