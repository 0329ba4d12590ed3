import type { CallOperator, ModelSpec, Namespace } from "../spec/model.ts";
import type { FeaturePart } from "../spec/record.ts";
import type { FeatureValue, FeatureValues, Properties } from "../spec/values.ts";
import { type CallFeature, callFeature } from "./call.ts";
import { recordInteractions, recordParts } from "./feature-parts.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { CONSTANT, hashFeature, hashNamespace, interact2, interact3 } from "./hash.ts";
import { MAX_MAGNITUDE } from "./number-value.ts";
import { octavesOf, pushCoarse, pushFine, pushLinear, pushZero } from "./numeric.ts";

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

/** A decision whose shared namespaces are hashed. */
export interface HashedDecision {
  /** Number of actions; 1 for predict. */
  readonly count: number;
  /**
   * Replaces what `into` holds with all features of one action: the constant; the namespaces session, context, profile,
   * action, graph; then the interactions in the spec's order. `into.plain`, `singles` and `shared` are set; and `parts`, if the
   * decision was hashed with them.
   * @throws RangeError when `action` is not an index below `count`.
   */
  expand(action: number, into: FeatureBuffer): void;
}

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
  readonly #session: NamedFeature[];
  readonly #profile: NamedFeature[];
  readonly #context: CallNamed[];
  readonly #action: CallNamed[];
  readonly #interactions: readonly (readonly Namespace[])[];
  readonly #graphNames = new BoundedHashes(hashNamespace("graph"));
  #inPlace: Decision | null = null;

  constructor(spec: ModelSpec) {
    this.bits = spec.learner.bits;
    this.#auto = spec.learner.type === "auto";
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
   * Hashes what all actions share. An action's own features are hashed when it is first expanded.
   * @param withParts whether to keep what each feature was made from, for an explanation.
   */
  hash(input: FeaturizerInput, withParts = false): HashedDecision {
    return this.#fill(this.#decision(withParts), input);
  }

  /**
   * As `hash`, in the memory of what this gave last, which is then no more: for learners, who are done with a decision before they ask for the
   * next. Making its buffers anew would take a third of the time of an example.
   */
  hashInPlace(input: FeaturizerInput): HashedDecision {
    this.#inPlace ??= this.#decision(false);
    return this.#fill(this.#inPlace, input);
  }

  #decision(withParts: boolean): Decision {
    return new Decision(this.bits, this.#interactions, this.#action, this.#auto, withParts);
  }

  #fill(decision: Decision, input: FeaturizerInput): Decision {
    const { shared, apart, ends } = decision;
    const graph: GraphOutput[] = [];
    if (input.graph !== null)
      for (const name of Object.keys(input.graph).sort())
        graph.push({ name, index: this.#graphNames.get(name), values: input.graph[name]! });
    decision.begin(input, graph);
    shared.push(CONSTANT, 1);
    if (shared.parts !== null) recordParts({ namespace: "constant", name: "constant" }, 1, shared);
    ends.constant = shared.length;
    for (const { feature, name } of this.#session) feature.push(own(input.sessionFeatures, name), shared, apart);
    ends.session = shared.length;
    for (const { feature, compute } of this.#context) feature.push(compute(input.context, input.at), shared, apart);
    ends.context = shared.length;
    for (const { feature, name } of this.#profile) feature.push(own(input.profileFeatures, name), shared, apart);
    ends.profile = shared.length;
    return decision;
  }
}

const MAX_AUTO_INTERACTIONS = 8192;

/** What numbers get of the default treatment; with "zeros apart" 0 has its feature, but takes no part in interactions. */
type Treatment = "none" | "all" | "zeros apart";

/** Whether an interaction has too many features even when each value is but one. */
function isWide(names: readonly Namespace[], { features }: ModelSpec): boolean {
  const count = (name: Namespace) => (name === "graph" ? 1 : Object.keys(features[name]).length);
  return combinations(names, count) > MAX_AUTO_INTERACTIONS;
}

/** How many features an interaction has: choices with repetition from a namespace that is named more than once. */
function combinations(names: readonly Namespace[], count: (name: Namespace) => number): number {
  let size = 1;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    let repeated = 0;
    for (let j = 0; j < i; j++) if (names[j] === name) repeated++;
    size *= (count(name) + repeated) / (repeated + 1);
  }
  return size;
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

type GraphOutput = { name: string; index: number; values: number[] };

class Decision implements HashedDecision {
  /** What all actions share: its namespaces, what stands apart of them (null without the default treatment), and where each ends. */
  readonly shared: FeatureBuffer;
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
    this.shared = bufferOf(64, withParts);
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
    this.shared.length = 0;
    if (own) own.features.length = 0;
    for (const apart of [this.apart, own?.apart])
      if (apart) {
        apart.linear.length = 0;
        apart.fine.length = 0;
      }
    if (actions.length === 0) return;
    const withParts = this.shared.parts !== null;
    this.#own ??= {
      features: bufferOf(64, withParts),
      apart: this.apart && { linear: bufferOf(16, withParts), fine: bufferOf(64, withParts) },
    };
  }

  expand(action: number, into: FeatureBuffer): void {
    if (!(action >= 0 && action < this.#count)) throw new RangeError(`there is no action ${action} of ${this.#count}`);
    const { shared, apart, ends } = this;
    const own = this.#actions.length === 0 ? null : this.#own;
    const apartEnds = this.#apartEnds;
    const at = 4 * action;
    into.clear();
    if (shared.parts !== null) into.parts = [];
    append(shared, 0, shared.length, into);
    if (own) {
      if (this.#starts[action]! < 0) this.#hashAction(action, own.features, own.apart);
      append(own.features, this.#starts[action]!, this.#lengths[action]!, into);
    }
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
    into.shared = ends.profile;
    for (const namespaces of this.#interactions)
      if (apart && combinations(namespaces, this.#lengthOf) > MAX_AUTO_INTERACTIONS) continue;
      else if (namespaces.length === 2) this.#pairs(namespaces[0]!, namespaces[1]!, into);
      else this.#triples(namespaces[0]!, namespaces[1]!, namespaces[2]!, into);
    const { indices, length } = into;
    const mask = this.#mask;
    for (let i = 0; i < length; i++) indices[i]! &= mask;
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

/** Features of treated numbers that take no part in interactions. */
type Apart = { linear: FeatureBuffer; fine: FeatureBuffer };

/** One feature's hash, and those of its categories. */
class HashedFeature {
  readonly #source: Pick<FeaturePart, "namespace" | "name">;
  readonly #index: number;
  readonly #treatment: Treatment;
  readonly #categories: BoundedHashes;

  constructor(namespace: Namespace, name: string, namespaceHash: number, treatment: Treatment) {
    this.#source = { namespace, name };
    this.#index = hashFeature(name, namespaceHash);
    this.#treatment = treatment;
    this.#categories = new BoundedHashes(this.#index);
  }

  /** @param apart gets what of a treated number takes no part in interactions; null: nothing is treated. */
  push(value: FeatureValue | undefined, into: FeatureBuffer, apart: Apart | null): void {
    if (typeof value === "number") {
      if (apart && this.#treatment !== "none" && Math.abs(value) <= MAX_MAGNITUDE) {
        const octaves = octavesOf(value);
        if (value === 0 && this.#treatment === "zeros apart") pushZero(this.#index, apart.linear);
        else pushCoarse(this.#index, value, into, octaves);
        pushLinear(this.#index, value, apart.linear, octaves);
        pushFine(this.#index, value, apart.fine, octaves);
      } else if (usable(value)) into.push(this.#index, value);
    } else if (typeof value === "string") into.push(this.#categories.get(value), 1);
    else if (value === true) into.push(this.#index, 1);
    else if (Array.isArray(value))
      for (const item of value) if (typeof item === "string") into.push(this.#categories.get(item), 1);
    if (into.parts !== null) this.#record(value, into, apart);
  }

  #record(value: FeatureValue | undefined, into: FeatureBuffer, apart: Apart | null): void {
    const source = this.#source;
    const treated = apart !== null && this.#treatment !== "none" && typeof value === "number";
    recordParts(treated ? { ...source, scale: "coarse" } : source, value, into);
    if (!treated) return;
    recordParts({ ...source, scale: "linear" }, value, apart.linear);
    recordParts({ ...source, scale: "fine" }, value, apart.fine);
  }
}

/** Hashes of strings under one seed, kept up to a bound: values come from callers, so their number has no other. */
class BoundedHashes {
  readonly #seed: number;
  readonly #hashes = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  get(text: string): number {
    const known = this.#hashes.get(text);
    if (known !== undefined) return known;
    const hash = hashFeature(text, this.#seed);
    if (text.length <= MAX_KEPT_LENGTH) {
      if (this.#hashes.size >= MAX_KEPT) this.#hashes.clear();
      this.#hashes.set(text, hash);
    }
    return hash;
  }
}
const MAX_KEPT = 4096;
const MAX_KEPT_LENGTH = 64;

type NamedFeature = { name: string; feature: HashedFeature };

function namedFeatures(
  namespace: Namespace,
  operators: Record<string, Operator>,
  treatment: Treatment,
): NamedFeature[] {
  const seed = hashNamespace(namespace);
  return Object.keys(operators)
    .sort()
    .map((name) => ({
      name,
      feature: new HashedFeature(namespace, name, seed, operators[name]!.op === "log1p" ? "none" : treatment),
    }));
}

type Operator = { op: string };
type CallNamed = NamedFeature & { compute: CallFeature };

const callFeatures = (
  namespace: "context" | "action",
  operators: Record<string, CallOperator>,
  treatment: Treatment,
): CallNamed[] =>
  namedFeatures(namespace, operators, treatment).map((named) => ({
    ...named,
    compute: callFeature(operators[named.name]!),
  }));

/** 0 adds nothing; what is beyond a feature's range is missing. */
const usable = (value: number): boolean => value !== 0 && Math.abs(value) <= MAX_MAGNITUDE;

const own = (values: FeatureValues, name: string): FeatureValue | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

/** As VW, the first of several interactions of the same namespaces counts, in whatever order they name them. */
function withoutRepeats(interactions: readonly (readonly Namespace[])[]): (readonly Namespace[])[] {
  const seen = new Set<string>();
  return interactions.filter((namespaces) => {
    const key = namespaces.toSorted().join(" ");
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
