import type { Namespace } from "../contract/spec.ts";
import type { FeatureValues, Properties } from "../contract/values.ts";
import { FeatureBuffer, type KeptParts } from "./featurebuffer.ts";
import { interact2 } from "./hash.ts";
import { combinations, MAX_AUTO_INTERACTIONS } from "./interactions.ts";
import { type Apart, type CallNamed, usable } from "./named-feature.ts";
import { asCategory, CATEGORY, KIND, passOf } from "./numeric.ts";

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

/** Where each namespace's features end in a buffer; each begins where the one before ends. */
type Ends = Record<Namespace | "constant", number>;

const before = {
  session: "constant",
  context: "session",
  profile: "context",
  action: "profile",
  graph: "action",
} as const satisfies Record<Namespace, keyof Ends>;

export type GraphOutput = { name: string; index: number; values: number[] };

/** Where Featurizer puts a decision: what its actions have in common, and their own features from when they are first expanded. */
export class DecisionFeatures implements CountedDecision {
  /** What all actions have in common: its namespaces, what stands apart of them (null without the default treatment), and where each ends. */
  readonly common: FeatureBuffer;
  readonly apart: Apart | null;
  readonly ends: Ends = { constant: 0, session: 0, context: 0, profile: 0, action: 0, graph: 0 };
  #count = 1;
  readonly #mask: number;
  readonly #interactions: readonly (readonly Namespace[])[];
  readonly #features: readonly CallNamed[];
  /** Passes in which features are joined (numeric.ts); 0: all at once, as they have no kinds. */
  readonly #passes: readonly number[];
  #graph: readonly GraphOutput[] = [];
  #actions: FeaturizerInput["actions"] = [];
  #time = 0;
  readonly #lengthOf = (namespace: Namespace): number => this.ends[namespace] - this.ends[before[namespace]];
  /** Where the places of the action that was asked for last begin. */
  #at = 0;
  /** Own features of the actions that were expanded, one action after the other; and what of one stands apart, before it is put behind. */
  readonly #own: FeatureBuffer;
  readonly #ownApart: Apart | null;
  /** Four numbers an action: where its own features begin (-1 before it was expanded), its linear ones, its fine ones, and where they end. */
  #places = new Int32Array(4);

  constructor(
    bits: number,
    interactions: readonly (readonly Namespace[])[],
    features: readonly CallNamed[],
    auto: boolean,
    ranked: boolean,
    parts: KeptParts | null,
  ) {
    this.#mask = 2 ** bits - 1;
    this.#interactions = interactions;
    this.#features = features;
    this.#passes = ranked ? [1, 2] : [0];
    this.common = bufferOf(parts);
    this.#own = bufferOf(parts);
    this.apart = auto ? apartOf(ranked, parts) : null;
    this.#ownApart = auto ? apartOf(ranked, parts) : null;
  }

  get count(): number {
    return this.#count;
  }

  /** Forgets the decision that was here, if one was; only one without parts may have been. */
  begin({ actions, at }: FeaturizerInput, graph: readonly GraphOutput[]): void {
    const count = Math.max(1, actions.length);
    this.#count = count;
    this.#actions = actions;
    this.#time = at;
    this.#graph = graph;
    if (this.#places.length < 4 * count) this.#places = new Int32Array(4 * count);
    this.#places.fill(-1, 0, 4 * count);
    for (const buffer of [this.common, this.#own, this.apart?.linear, this.apart?.fine]) if (buffer) buffer.length = 0;
  }

  counts(action: number): FeatureCounts {
    const { common, apart, ends } = this;
    const at = this.#hashed(action);
    const [start, linear, , end] = this.#places.subarray(at);
    ends.action = common.length + linear! - start!;
    ends.graph = ends.action;
    for (const { values } of this.#graph) if (usable(values[action] ?? 0)) ends.graph++;
    const singles = ends.graph + end! - linear! + (apart ? apart.linear.length + apart.fine.length : 0);
    let all = singles;
    for (const namespaces of this.#interactions)
      if (!this.#leavesOut(namespaces)) all += this.#combinations(namespaces);
    return { common: ends.profile, singles, all };
  }

  expand(action: number, into: FeatureBuffer): void {
    const { common, apart, ends } = this;
    const own = this.#own;
    const at = this.#hashed(action);
    const places = this.#places;
    into.clear();
    into.parts = common.parts?.another() ?? null;
    append(common, 0, common.length, into);
    append(own, places[at]!, places[at + 1]!, into);
    ends.action = into.length;
    for (const { name, index, values } of this.#graph) {
      const value = values[action];
      if (value === undefined || !usable(value)) continue;
      into.push(asCategory(index), value);
      into.parts?.add({ namespace: "graph", name }, value, into);
    }
    ends.graph = into.length;
    if (apart) append(apart.linear, 0, apart.linear.length, into);
    append(own, places[at + 1]!, places[at + 2]!, into);
    into.plain = into.length;
    if (apart) append(apart.fine, 0, apart.fine.length, into);
    append(own, places[at + 2]!, places[at + 3]!, into);
    into.singles = into.length;
    into.common = ends.profile;
    // What is joined by its kinds, and then what is joined by others.
    for (const pass of this.#passes) {
      for (const namespaces of this.#interactions) if (!this.#leavesOut(namespaces)) this.#join(namespaces, pass, into);
      into.straight ||= into.length;
    }
    const { indices, length } = into;
    const mask = this.#mask;
    for (let i = 0; i < length; i++) indices[i]! &= mask;
  }

  /** How many features an interaction has. */
  #combinations(namespaces: readonly Namespace[]): number {
    if (!this.#passes[0]) return combinations(namespaces, this.#lengthOf);
    const kinds: Partial<Record<Namespace, Int32Array>> = {};
    for (const name of namespaces) kinds[name] ??= this.#kindsOf(name);
    const of = (kind: number) => combinations(namespaces, (name) => kinds[name]![CATEGORY]! + kinds[name]![kind]!);
    // Those that share more than one bit are all categories; none is of kind 0.
    return of(1) + of(2) + of(4) - 2 * of(0);
  }

  /** How many features of each kind a namespace has. */
  #kindsOf(namespace: Namespace): Int32Array {
    const { common, ends } = this;
    const kinds = new Int32Array(8);
    const offset = this.#places[this.#at]! - common.length;
    const { indices } = namespace === "action" ? this.#own : common;
    for (let i = ends[before[namespace]]; i < ends[namespace]; i++)
      kinds[namespace === "graph" ? CATEGORY : indices[namespace === "action" ? i + offset : i]! >>> KIND]!++;
    return kinds;
  }

  /** Whether an interaction has so many features that an action does without it. */
  #leavesOut(namespaces: readonly Namespace[]): boolean {
    return (
      this.apart !== null &&
      combinations(namespaces, this.#lengthOf) > MAX_AUTO_INTERACTIONS &&
      this.#combinations(namespaces) > MAX_AUTO_INTERACTIONS
    );
  }

  /** Hashes an action's own features, unless they are by now. @returns where its places begin. */
  #hashed(action: number): number {
    if (!(action >= 0 && action < this.#count)) throw new RangeError(`there is no action ${action} of ${this.#count}`);
    const at = 4 * action;
    const places = this.#places;
    this.#at = at;
    if (places[at]! < 0) {
      const own = this.#own;
      const apart = this.#ownApart;
      places[at] = own.length;
      const given = this.#actions[action];
      if (given)
        for (const { feature, compute } of this.#features)
          feature.push(compute(given.features, this.#time), own, apart);
      [apart?.linear, apart?.fine, null].forEach((buffer, i) => {
        places[at + 1 + i] = own.length;
        if (buffer) {
          append(buffer, 0, buffer.length, own);
          buffer.length = 0;
          buffer.parts = own.parts?.another() ?? null;
        }
      });
    }
    return at;
  }

  /** Joins the features of two namespaces, or of three: then those of the last two with each of the first. */
  #join([first, second, third]: readonly Namespace[], pass: number, into: FeatureBuffer): void {
    if (third === undefined) this.#pairs(first!, second!, pass, into);
    else
      for (let i = this.ends[before[first!]]; i < this.ends[first!]; i++)
        this.#pairs(second!, third, pass, into, i, first);
  }

  /**
   * Joins each feature of one namespace with each of another. A namespace that stands in an interaction more than once gives each combination of its features once:
   * later ones do not go back.
   * @param outer where the feature stands, of namespace `of`, that they are all joined with; -1: none.
   */
  #pairs(first: Namespace, second: Namespace, pass: number, into: FeatureBuffer, outer = -1, of?: Namespace): void {
    const { ends } = this;
    const startOf = (name: Namespace) => (name === of ? outer : ends[before[name]]);
    const from = startOf(second);
    const to = ends[second];
    let i = startOf(first);
    into.reserve((ends[first] - i) * (to - from));
    const { indices, values } = into;
    let n = into.length;
    for (; i < ends[first]; i++) {
      let a = indices[i]!;
      let value = values[i]!;
      let kinds = a;
      if (outer >= 0) {
        kinds &= indices[outer]!;
        a = interact2(indices[outer]!, a);
        value *= values[outer]!;
      }
      for (let j = second === first ? i : from; j < to; j++) {
        const b = indices[j]!;
        if (pass && passOf(kinds & b) !== pass) continue;
        indices[n] = interact2(a, b);
        values[n++] = value * values[j]!;
        into.parts?.join(outer < 0 ? [i, j] : [outer, i, j]);
      }
    }
    into.length = n;
  }
}

/** Copies features from `start` to before `end`. */
function append(from: FeatureBuffer, start: number, end: number, into: FeatureBuffer): void {
  const more = end - start;
  into.reserve(more);
  const { indices, values } = into;
  const at = into.length;
  for (let i = 0; i < more; i++) {
    indices[at + i] = from.indices[start + i]!;
    values[at + i] = from.values[start + i]!;
  }
  into.length = at + more;
  if (from.parts) into.parts!.append(from.parts, start, end);
}

function bufferOf(parts: KeptParts | null): FeatureBuffer {
  const buffer = new FeatureBuffer(64);
  buffer.parts = parts?.another() ?? null;
  return buffer;
}

const apartOf = (ranked: boolean, parts: KeptParts | null): Apart => ({
  ranked,
  linear: bufferOf(parts),
  fine: bufferOf(parts),
});
