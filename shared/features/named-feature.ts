import type { FeaturePart } from "../contract/calls.ts";
import type { CallOperator, Namespace } from "../contract/spec.ts";
import type { FeatureValue } from "../contract/values.ts";
import { BoundedHashes } from "./bounded-hashes.ts";
import { type CallFeature, callFeature } from "./call.ts";
import type { FeatureBuffer } from "./featurebuffer.ts";
import { hashFeature, hashNamespace } from "./hash.ts";
import { MAX_MAGNITUDE } from "./number-value.ts";
import { asCategory, octavesOf, pushCoarse, pushFine, pushFinest, pushLinear, pushZero } from "./numeric.ts";

/** What numbers get of the default treatment; with "zeros apart" 0 has its feature, but takes no part in interactions. */
export type Treatment = "none" | "all" | "zeros apart";

/** Features of treated numbers that take no part in interactions. */
export type Apart = {
  linear: FeatureBuffer;
  fine: FeatureBuffer;
  /** Whether what is joined has kinds (numeric.ts). */
  ranked: boolean;
};

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
    const index = this.#index;
    let treated: Apart | null = null;
    if (typeof value === "number") {
      if (apart && this.#treatment !== "none" && Math.abs(value) <= MAX_MAGNITUDE) {
        treated = apart;
        const octaves = octavesOf(value);
        if (value === 0 && this.#treatment === "zeros apart") pushZero(index, apart.linear);
        else pushCoarse(index, value, into, octaves);
        pushLinear(index, value, apart.linear, octaves, apart.ranked ? into : apart.linear);
        if (!apart.ranked) pushFine(index, value, apart.fine, octaves);
        else if (this.#source.namespace !== "action") pushFinest(index, value, into, octaves);
      } else if (usable(value)) into.push(asCategory(index), value);
    } else if (value === true) into.push(asCategory(index), 1);
    else
      for (const item of Array.isArray(value) ? value : [value])
        if (typeof item === "string") into.push(asCategory(this.#categories.get(item)), 1);
    into.parts?.add(this.#source, value, into, treated);
  }
}

/** A feature of the spec by its name, hashed. */
export type NamedFeature = { name: string; feature: HashedFeature };

/** The features of a namespace in the order of their names. */
export function namedFeatures(
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
/** One that is computed from the data of the call. */
export type CallNamed = NamedFeature & { compute: CallFeature };

export const callFeatures = (
  namespace: "context" | "action",
  operators: Record<string, CallOperator>,
  treatment: Treatment,
): CallNamed[] =>
  namedFeatures(namespace, operators, treatment).map((named) => ({
    ...named,
    compute: callFeature(operators[named.name]!),
  }));

/** 0 adds nothing; what is beyond a feature's range is missing. */
export const usable = (value: number): boolean => value !== 0 && Math.abs(value) <= MAX_MAGNITUDE;
