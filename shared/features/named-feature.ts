import type { FeaturePart } from "../contract/calls.ts";
import type { CallOperator, Namespace } from "../contract/spec.ts";
import type { FeatureValue } from "../contract/values.ts";
import { BoundedHashes } from "./bounded-hashes.ts";
import { type CallFeature, callFeature } from "./call.ts";
import { recordParts } from "./feature-parts.ts";
import type { FeatureBuffer } from "./featurebuffer.ts";
import { hashFeature, hashNamespace } from "./hash.ts";
import { MAX_MAGNITUDE } from "./number-value.ts";
import { octavesOf, pushCoarse, pushFine, pushLinear, pushZero } from "./numeric.ts";

/** What numbers get of the default treatment; with "zeros apart" 0 has its feature, but takes no part in interactions. */
export type Treatment = "none" | "all" | "zeros apart";

/** Features of treated numbers that take no part in interactions. */
export type Apart = { linear: FeatureBuffer; fine: FeatureBuffer };

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
