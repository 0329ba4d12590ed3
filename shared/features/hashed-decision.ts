import type { Namespace } from "../contract/spec.ts";
import type { FeatureValues, Properties } from "../contract/values.ts";
import { recordInteractions, recordParts } from "./feature-parts.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { interact2, interact3 } from "./hash.ts";
import { combinations, MAX_AUTO_INTERACTIONS } from "./interactions.ts";
import { type Apart, type CallNamed, usable } from "./named-feature.ts";

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
  #graph: readonly GraphOutput[] = [];
  #actions: FeaturizerInput["actions"] = [];
  #at = 0;
  readonly #lengthOf = (namespace: Namespace): number => this.ends[namespace] - this.ends[before[namespace]];
  /** Own features of the actions that were expanded, one action after the other; null before there is an action. */
  #own: { features: FeatureBuffer; apart: Apart | null } | null = null;
  /** Where an action's own features begin, -1 before it was expanded; and how many they are. */
  #starts = new Int32Array(1).fill(-1);
  #lengths = new Int32Array(1);
  /** Four numbers an action: where its linear and its fine features begin and end. */
  #apartEnds = new Int32Array(4);

  constructor(
    bits: number,
    interactions: readonly (readonly Namespace[])[],
    features: readonly CallNamed[],
    auto: boolean,
    withParts: boolean,
  ) {
    this.#mask = 2 ** bits - 1;
    this.#interactions = interactions;
    this.#features = features;
    this.common = bufferOf(64, withParts);
    this.apart = auto ? { linear: bufferOf(64, withParts), fine: bufferOf(64, withParts) } : null;
  }

  get count(): number {
    return this.#count;
  }

  /** Forgets the decision that was here, if one was; only one without parts may have been. */
  begin({ actions, at }: FeaturizerInput, graph: readonly GraphOutput[]): void {
    const count = Math.max(1, actions.length);
    this.#count = count;
    this.#actions = actions;
    this.#at = at;
    this.#graph = graph;
    if (this.#starts.length < count) {
      this.#starts = new Int32Array(count);
      this.#lengths = new Int32Array(count);
      this.#apartEnds = new Int32Array(4 * count);
    }
    this.#starts.fill(-1, 0, count);
    const own = this.#own;
    this.common.length = 0;
    if (own) own.features.length = 0;
    for (const apart of [this.apart, own?.apart])
      if (apart) {
        apart.linear.length = 0;
        apart.fine.length = 0;
      }
    if (actions.length === 0) return;
    const withParts = this.common.parts !== null;
    this.#own ??= {
      features: bufferOf(64, withParts),
      apart: this.apart && { linear: bufferOf(16, withParts), fine: bufferOf(64, withParts) },
    };
  }

  counts(action: number): FeatureCounts {
    const { common, apart, ends } = this;
    const own = this.#hashed(action);
    ends.action = common.length + (own ? this.#lengths[action]! : 0);
    ends.graph = ends.action;
    for (const { values } of this.#graph) if (usable(values[action] ?? 0)) ends.graph++;
    let singles = ends.graph + (apart ? apart.linear.length + apart.fine.length : 0);
    if (own?.apart) {
      const [linear, linearEnd, fine, fineEnd] = this.#apartEnds.subarray(4 * action, 4 * action + 4);
      singles += linearEnd! - linear! + fineEnd! - fine!;
    }
    let all = singles;
    for (const namespaces of this.#interactions)
      if (!this.#leavesOut(namespaces)) all += this.#combinations(namespaces);
    return { common: ends.profile, singles, all };
  }

  expand(action: number, into: FeatureBuffer): void {
    const { common, apart, ends } = this;
    const own = this.#hashed(action);
    const apartEnds = this.#apartEnds;
    const at = 4 * action;
    into.clear();
    if (common.parts !== null) into.parts = [];
    append(common, 0, common.length, into);
    if (own) append(own.features, this.#starts[action]!, this.#lengths[action]!, into);
    ends.action = into.length;
    for (const { name, index, values } of this.#graph) {
      const value = values[action];
      if (value === undefined || !usable(value)) continue;
      into.push(index, value);
      if (into.parts !== null) recordParts({ namespace: "graph", name }, value, into);
    }
    ends.graph = into.length;
    if (apart) append(apart.linear, 0, apart.linear.length, into);
    if (own?.apart) append(own.apart.linear, apartEnds[at]!, apartEnds[at + 1]! - apartEnds[at]!, into);
    into.plain = into.length;
    if (apart) append(apart.fine, 0, apart.fine.length, into);
    if (own?.apart) append(own.apart.fine, apartEnds[at + 2]!, apartEnds[at + 3]! - apartEnds[at + 2]!, into);
    into.singles = into.length;
    into.common = ends.profile;
    for (const namespaces of this.#interactions)
      if (this.#leavesOut(namespaces)) continue;
      else if (namespaces.length === 2) this.#pairs(namespaces[0]!, namespaces[1]!, into);
      else this.#triples(namespaces[0]!, namespaces[1]!, namespaces[2]!, into);
    const { indices, length } = into;
    const mask = this.#mask;
    for (let i = 0; i < length; i++) indices[i]! &= mask;
  }

  #combinations(namespaces: readonly Namespace[]): number {
    return combinations(namespaces, this.#lengthOf);
  }

  /** Whether an interaction has so many features that an action does without it. */
  #leavesOut(namespaces: readonly Namespace[]): boolean {
    return this.apart !== null && this.#combinations(namespaces) > MAX_AUTO_INTERACTIONS;
  }

  /** An action's own features, hashed by now; null where there are none. */
  #hashed(action: number): { features: FeatureBuffer; apart: Apart | null } | null {
    if (!(action >= 0 && action < this.#count)) throw new RangeError(`there is no action ${action} of ${this.#count}`);
    if (this.#actions.length === 0) return null;
    const own = this.#own!;
    if (this.#starts[action]! < 0) this.#hashAction(action, own.features, own.apart);
    return own;
  }

  #hashAction(action: number, features: FeatureBuffer, apart: Apart | null): void {
    const properties = this.#actions[action]!.features;
    const apartEnds = this.#apartEnds;
    const at = 4 * action;
    this.#starts[action] = features.length;
    if (apart) {
      apartEnds[at] = apart.linear.length;
      apartEnds[at + 2] = apart.fine.length;
    }
    for (const { feature, compute } of this.#features) feature.push(compute(properties, this.#at), features, apart);
    if (apart) {
      apartEnds[at + 1] = apart.linear.length;
      apartEnds[at + 3] = apart.fine.length;
    }
    this.#lengths[action] = features.length - this.#starts[action]!;
  }

  #pairs(first: Namespace, second: Namespace, into: FeatureBuffer): void {
    const { ends } = this;
    const withParts = into.parts !== null;
    for (let i = ends[before[first]]; i < ends[first]; i++) {
      const from = second === first ? i : ends[before[second]];
      const to = ends[second];
      into.reserve(Math.max(0, to - from));
      const { indices, values } = into;
      const a = indices[i]!;
      const value = values[i]!;
      let n = into.length;
      for (let j = from; j < to; j++, n++) {
        indices[n] = interact2(a, indices[j]!);
        values[n] = value * values[j]!;
      }
      into.length = n;
      if (withParts) recordInteractions([i], from, to, into);
    }
  }

  /** A namespace that stands here more than once gives each combination of its features once: later ones do not go back. */
  #triples(first: Namespace, second: Namespace, third: Namespace, into: FeatureBuffer): void {
    const { ends } = this;
    const withParts = into.parts !== null;
    for (let i = ends[before[first]]; i < ends[first]; i++)
      for (let j = second === first ? i : ends[before[second]]; j < ends[second]; j++) {
        const from = third === second ? j : third === first ? i : ends[before[third]];
        const to = ends[third];
        into.reserve(Math.max(0, to - from));
        const { indices, values } = into;
        const a = indices[i]!;
        const b = indices[j]!;
        const value = values[i]! * values[j]!;
        let n = into.length;
        for (let k = from; k < to; k++, n++) {
          indices[n] = interact3(a, b, indices[k]!);
          values[n] = value * values[k]!;
        }
        into.length = n;
        if (withParts) recordInteractions([i, j], from, to, into);
      }
  }
}

function append(from: FeatureBuffer, start: number, length: number, into: FeatureBuffer): void {
  into.reserve(length);
  const { indices, values } = into;
  const at = into.length;
  for (let i = 0; i < length; i++) {
    indices[at + i] = from.indices[start + i]!;
    values[at + i] = from.values[start + i]!;
  }
  into.length = at + length;
  if (from.parts !== null) for (let i = 0; i < length; i++) into.parts!.push(from.parts[start + i]!);
}

function bufferOf(capacity: number, withParts: boolean): FeatureBuffer {
  const buffer = new FeatureBuffer(capacity);
  if (withParts) buffer.parts = [];
  return buffer;
}
