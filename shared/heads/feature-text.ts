import type { FeaturePart } from "../contract/calls.ts";

/**
 * A feature in words: `context.device = tv × action.genre = drama`; numbers to four digits.
 * @param parts of one contribution of an explanation.
 */
export const featureText = (parts: readonly FeaturePart[]): string => parts.map(partText).join(" × ");

function partText({ namespace, name, value, scale }: FeaturePart): string {
  if (namespace === "constant") return "constant";
  const text = typeof value === "number" ? Number(value.toPrecision(4)) : value;
  return `${namespace}.${name} = ${text}${scale === undefined ? "" : ` (${scale})`}`;
}
