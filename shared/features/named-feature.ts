import type { FeaturePart } from "../contract/calls.ts";
import type { Namespace } from "../contract/spec.ts";
import type { FeatureValue } from "../contract/values.ts";
import { BoundedHashes } from "./bounded-hashes.ts";
import type { CallFeature } from "./call-operators.ts";
import type { PushedFeature, Treatment } from "./feature-kind.ts";
import { hashFeature, hashNamespace } from "./hash.ts";
import type { JoinableFeatures } from "./joinable-features.ts";
import { MAX_MAGNITUDE } from "./number-value.ts";
import { asCategory, octavesOf, pushCoarse, pushFine, pushFinest, pushLinear } from "./numeric.ts";

/** One feature's hash, and those of its categories. */
export class HashedFeature implements PushedFeature {
  readonly #source: Pick<FeaturePart, "namespace" | "name">;
  readonly #index: number;
  readonly #treatment: Treatment;
  readonly #categories: BoundedHashes;

  constructor(namespace: Namespace, name: string, treatment: Treatment) {
    this.#source = { namespace, name };
    this.#index = hashFeature(name, hashNamespace(namespace));
    this.#treatment = treatment;
    this.#categories = new BoundedHashes(this.#index);
  }

  push(value: FeatureValue | undefined, into: JoinableFeatures): void {
    const index = this.#index;
    const { joined, linear, fine, ranked } = into;
    let treated: JoinableFeatures | null = null;
    if (typeof value === "number") {
      if (!(Math.abs(value) <= MAX_MAGNITUDE)) {
        // What is beyond a feature's range is missing.
      } else if (this.#treatment !== "none") {
        treated = into;
        const octaves = octavesOf(value);
        const apart = value === 0 && this.#treatment === "zeros apart";
        pushCoarse(index, value, apart ? linear : joined, octaves);
        pushLinear(index, value, linear, octaves, ranked ? joined : linear);
        if (!ranked) pushFine(index, value, fine, octaves);
        else if (this.#source.namespace !== "action") pushFinest(index, value, joined, octaves);
      } else if (value !== 0) joined.push(asCategory(index), value);
    } else if (value === true) joined.push(asCategory(index), 1);
    else
      for (const text of typeof value === "string" ? [value] : Array.isArray(value) ? value : [])
        if (typeof text === "string") joined.push(asCategory(this.#categories.get(text)), 1);
    joined.parts?.add(this.#source, value, joined, treated);
  }
}

/** A feature of the spec, hashed, and how its value is had from the data of its namespace. */
export type NamedFeature = { feature: PushedFeature; compute: CallFeature };

/** The features of a spec. */
export type SpecFeatures = Readonly<Record<Exclude<Namespace, "graph">, readonly NamedFeature[]>>;
