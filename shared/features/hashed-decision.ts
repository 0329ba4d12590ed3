import type { Namespace } from "../contract/spec.ts";
import type { FeatureValue, FeatureValues, Properties } from "../contract/values.ts";
import { MAX_KEPT_LENGTH } from "./bounded-hashes.ts";
import type { FeatureCounts } from "./feature-counts.ts";
import type { FeatureBuffer, KeptParts } from "./featurebuffer.ts";
import { CONSTANT, interact2, spread } from "./hash.ts";
import { combinations, MAX_AUTO_INTERACTIONS } from "./interactions.ts";
import { blockOf, type Joinable, JoinableFeatures, SECTIONS, sizeOf } from "./joinable-features.ts";
import type { Matches } from "./matching.ts";
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
  /** What of the session's events they match, where an operator asks for it. */
  matches?: Matches | undefined;
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

/** What a model made of a list of actions. */
export type Made = { model: object; scores: number[]; probabilities: number[] };

/** A decision that says how many features its actions have before they are expanded. */
export interface CountedDecision extends HashedDecision {
  /**
   * What was made last of lists that nobody changes, which have as many features as are possible at most: where all else is as it was then. Undefined where the same actions may
   * have other features each time.
   */
  readonly made?: WeakMap<object, Made> | undefined;
  /** How many features `expand` would give, in time that does not grow with the interactions. @throws RangeError as `expand`. */
  counts(action: number): FeatureCounts;
}

const NAMESPACES = ["session", "context", "profile"] as const;
/** How many features of actions are kept, of which each takes 30 to 60 bytes, before all are forgotten; an action takes as much as some, even if it has none. */
const MOST_KEPT = 2 ** 15;
const ACTION_COSTS = 16;

/** An output of the graph: its feature, and the values, one an action. */
type GraphOutput = { feature: HashedFeature; values: number[] };

/** Where Featurizer puts a decision: what its actions have in common, and their own features from when they are first expanded. */
export class DecisionFeatures implements CountedDecision {
  count = 1;
  made: WeakMap<object, Made> | undefined;
  readonly #mask: number;
  readonly #interactions: readonly (readonly Namespace[])[];
  readonly #features: SpecFeatures;
  /** Whether what an action has is a matter of its properties alone, whatever the time and the session. */
  readonly #isFixed: boolean;
  readonly #auto: boolean;
  /** Passes in which features are joined (numeric.ts); 0: all at once, as they have no kinds. */
  readonly #passes: readonly number[];
  #graph: readonly GraphOutput[] = [];
  #input!: FeaturizerInput;
  readonly #common: JoinableFeatures;
  /** Own features of the actions that were asked for, one action after the other. */
  #own: JoinableFeatures;
  readonly #ofGraph: JoinableFeatures;
  /** Actions of this decision and earlier ones, by id. What is hashed of one is made of these values alone, which are copies: who changes an action gets other values. */
  readonly #known = new Map<string, Joinable>();
  /** What the features are made of that all actions have in common. */
  #values: readonly (FeatureValue | undefined)[] | null = null;
  /** By action; undefined: it was not asked for yet. */
  readonly #hashed: (Joinable | undefined)[] = [];
  /** What is joined of each namespace; of action and graph, of the action that was asked for last. */
  readonly #joined = {} as Record<Namespace, Joinable>;

  constructor(
    bits: number,
    interactions: readonly (readonly Namespace[])[],
    features: SpecFeatures,
    isFixed: boolean,
    auto: boolean,
    ranked: boolean,
    parts: KeptParts | null,
  ) {
    this.#mask = 2 ** bits - 1;
    this.#interactions = interactions;
    this.#features = features;
    this.#isFixed = isFixed;
    this.#auto = auto;
    this.#passes = ranked ? [1, 2] : [0];
    this.#common = new JoinableFeatures(ranked, parts);
    this.#own = new JoinableFeatures(ranked, parts);
    this.#ofGraph = new JoinableFeatures(ranked, parts);
  }

  /** Takes a decision, and forgets the one that was here. */
  take(input: FeaturizerInput): this {
    const { graph, context, sessionFeatures, profileFeatures } = input;
    this.#input = input;
    this.count = input.actions.length || 1;
    this.#graph = Object.keys(graph ?? {})
      .sort()
      .map((name) => ({ feature: new HashedFeature("graph", name, "none"), values: graph![name]! }));
    this.#hashed.length = 0;
    // Before the first decision, and after one with a graph.
    if (!this.#values) {
      this.#ofGraph.clear();
      this.#joined.graph = this.#ofGraph.joinable();
    }
    // Long vectors and texts are joined with nothing. What is fine is of numbers that are joined, too.
    if (this.#own.linear.length + this.#own.joined.length + ACTION_COSTS * this.#known.size > MOST_KEPT) {
      this.#known.clear();
      this.#own = new JoinableFeatures(this.#own.ranked, null);
    }
    const given = { session: sessionFeatures, context, profile: profileFeatures };
    const values: (FeatureValue | undefined)[] = [];
    for (const namespace of NAMESPACES)
      for (const { compute } of this.#features[namespace]) {
        const value = compute(given[namespace] as Properties, input);
        values.push(Array.isArray(value) ? value.slice() : value);
      }
    if (!graph && isSame(values, this.#values)) return this;
    // With a graph, the decision after it is like none before.
    this.#values = graph ? null : values;
    this.made = graph || !this.#isFixed ? undefined : new WeakMap();
    const common = this.#common;
    common.clear();
    common.joined.push(CONSTANT, 1);
    common.joined.parts?.add({ namespace: "constant", name: "constant" }, 1, common.joined);
    common.joinable();
    let i = 0;
    for (const namespace of NAMESPACES) {
      for (const { feature } of this.#features[namespace]) feature.push(values[i++], common);
      this.#joined[namespace] = common.joinable();
    }
    return this;
  }

  counts(action: number): FeatureCounts {
    const { starts, ends } = this.#ask(action);
    const common = this.#common;
    let all = this.#ofGraph.joined.length;
    for (let n = 0; n < SECTIONS.length; n++) all += common[SECTIONS[n]!].length + ends[n]! - starts[n]!;
    const singles = all;
    for (const namespaces of this.#joining()) all += this.#combinations(namespaces);
    return { common: common.joined.length, singles, all };
  }

  expand(action: number, into: FeatureBuffer): void {
    const { among, starts, ends } = this.#ask(action);
    const common = this.#common;
    const mask = this.#mask;
    into.clear();
    into.parts = common.joined.parts?.another() ?? null;
    for (let n = 0; n < SECTIONS.length; n++) {
      const section = SECTIONS[n]!;
      into.plain = into.length;
      append(common[section], into, mask);
      append(among[section], into, mask, starts[n], ends[n]);
      append(this.#ofGraph[section], into, mask);
    }
    into.singles = into.length;
    into.common = common.joined.length;
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
    const of = (block: number) => combinations(namespaces, (name) => sizeOf(this.#joined[name], block));
    // Those that share more than one bit are all categories; none is of kind 0.
    return this.#passes[0] ? of(0) + of(1) + of(2) - 2 * of(3) : of(0);
  }

  /** Hashes an action's own features, unless they are by now, and its graph outputs. */
  #ask(action: number): Joinable {
    if (!(action >= 0 && action < this.count)) throw new RangeError(`no action ${action}`);
    this.#hashed[action] ??= this.#hash(action);
    this.#joined.action = this.#hashed[action];
    if (this.#graph.length > 0) {
      const outputs = this.#ofGraph;
      outputs.clear();
      for (const { feature, values } of this.#graph) feature.push(values[action], outputs);
      this.#joined.graph = outputs.joinable();
    }
    return this.#joined.action;
  }

  #hash(n: number): Joinable {
    const action = this.#input.actions[n];
    if (!action) return this.#own.joinable();
    const features = this.#features.action;
    const values = features.map(({ compute }) => compute(action.features, this.#input, action.id));
    const known = this.#known.get(action.id);
    if (known && isSame(known.values, values)) return known;
    features.forEach(({ feature }, i) => {
      feature.push(values[i], this.#own);
    });
    const own = this.#own.joinable();
    own.values = values;
    if (isShort(values)) this.#known.set(action.id, own);
    return own;
  }

  /** Joins the features of two namespaces, or of three: then those of the last two with each of the first. */
  #join([first, second, third]: readonly Namespace[], pass: number, into: FeatureBuffer): void {
    const a = this.#joined[first!];
    const b = this.#joined[second!];
    if (third === undefined) this.#pairs(a, b, pass, into);
    else for (let i = a.starts[0]!; i < a.ends[0]!; i++) this.#pairs(b, this.#joined[third], pass, into, a, i);
  }

  /**
   * Joins each feature of one namespace with each of another. A namespace that stands in an interaction more than once gives each combination of its features once:
   * later ones do not go back.
   * @param outer of which the feature at the place `at` is joined with them all; undefined: none.
   */
  #pairs(first: Joinable, second: Joinable, pass: number, into: FeatureBuffer, outer?: Joinable, at = 0): void {
    const { joined: ones } = first.among;
    const start = first.starts[0]!;
    const last = first.ends[0]!;
    const { joined: others, order } = second.among;
    const { indices: otherIndices, values: otherValues } = others;
    const { blocks } = second;
    const mask = this.#mask;
    into.reserve((last - start) * (second.ends[0]! - second.starts[0]!));
    const { indices, values, parts } = into;
    let n = into.length;
    const begins = blocks.slice();
    for (let i = first === outer ? at : start; i < last; i++) {
      let index = ones.indices[i]!;
      let value = ones.values[i]!;
      let kinds = index;
      const outers = outer?.among.joined;
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
          parts.list.push([...(outers?.parts?.list[at] ?? []), ...ones.parts!.list[i]!, ...others.parts!.list[place]!]);
    }
    into.length = n;
  }
}

/** Copies features, from `start` to before `end`. @param mask of their indices. */
function append(from: FeatureBuffer, into: FeatureBuffer, mask: number, start = 0, end = from.length): void {
  into.reserve(end - start);
  if (from.parts) into.parts!.append(from.parts, start, end);
  const { indices, values } = into;
  let n = into.length;
  for (; start < end; start++) {
    indices[n] = from.indices[start]! & mask;
    values[n++] = from.values[start]!;
  }
  into.length = n;
}

/** Values of features, or lists of them. */
const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, i) => isSame(one, b[i])));

const isShort = (value: unknown): boolean =>
  typeof value === "string" ? value.length <= MAX_KEPT_LENGTH : !Array.isArray(value) || value.every(isShort);
