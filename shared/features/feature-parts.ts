import type { FeaturePart } from "../contract/calls.ts";
import type { FeatureValue } from "../contract/values.ts";
import type { FeatureBuffer, KeptParts } from "./featurebuffer.ts";
import { KIND } from "./kind.ts";

/** By the kind of a treated number's feature in its namespace. */
const SCALES: Readonly<Record<number, FeaturePart["scale"]>> = { 1: "linear", 2: "coarse", 4: "fine" };

type Source = Pick<FeaturePart, "namespace" | "name">;

/**
 * What each feature of a buffer was made from, in their order: one value, or as many as interact. Whoever explains hands one in with the decision that is
 * hashed; pages that explain nothing do without this file.
 */
export class FeatureParts implements KeptParts {
  readonly list: (readonly FeaturePart[])[] = [];

  another(): FeatureParts {
    return new FeatureParts();
  }

  add(
    source: Source,
    value: FeatureValue | undefined,
    into: FeatureBuffer,
    apart: { linear: FeatureBuffer; fine: FeatureBuffer } | null = null,
  ): void {
    const { list } = this;
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === "string") list.push([{ ...source, value: item }]);
    } else if (value === true || typeof value === "number" || typeof value === "string")
      while (list.length < into.length) {
        const scale = SCALES[into.indices[list.length]! >>> KIND]!;
        list.push([{ ...source, ...(apart && { scale }), value }]);
      }
    if (typeof value !== "number" || !apart) return;
    for (const scale of ["linear", "fine"] as const)
      for (const { list } of [apart[scale].parts!])
        while (list.length < apart[scale].length) list.push([{ ...source, scale, value }]);
  }

  append({ list }: KeptParts, start: number, end: number): void {
    for (let i = start; i < end; i++) this.list.push(list[i]!);
  }
}
