import type { FeaturePart } from "../../../shared/contract/calls.ts";

/** What is shown, in the words of the spec and with as many digits as say something. */

/** @example "context.device = phone × action.kind = hot" */
export const partsText = (parts: readonly FeaturePart[]): string => parts.map(partText).join(" × ");

function partText({ namespace, name, value, scale }: FeaturePart): string {
  if (namespace === "constant") return "what all have in common";
  const of = `${namespace}.${name}`;
  const text = value === true ? of : `${of} = ${typeof value === "number" ? digits(value) : value}`;
  return scale === undefined ? text : `${text} (${scale})`;
}

/** Four digits that count. */
export const digits = (x: number): string => String(Number(x.toPrecision(4)));
export const signed = (x: number): string => `${x < 0 ? "−" : "+"}${digits(Math.abs(x))}`;
export const percent = (p: number): string => `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`;
/** @param ms a span of time. */
export const span = (ms: number): string => (ms < 1_000 ? `${digits(ms)} ms` : `${digits(ms / 1_000)} s`);
