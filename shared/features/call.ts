import type { CallOperator } from "../contract/spec.ts";
import type { FeatureValue } from "../contract/values.ts";
import { log } from "../math/log.ts";
import { log2 } from "../math/log2.ts";
import { type CallFeature, callOperators, type Operators, reader } from "./call-operators.ts";
import { numberValue } from "./number-value.ts";

/** Feature operators over the data of the call: the context, or one action. */

/**
 * Makes an operator ready to run. A property that is missing or of the wrong type gives null.
 *
 * - `field`: the property: a number, text or boolean; of a list the set of its strings, however often each comes and whatever else is in it. An action's `id` is its id, where it
 *   has no property of that name.
 * - `bucket`: `b0` below the first edge, `b1` from the first edge on, and so on.
 * - `log1p`: sign(x) log(1 + |x|).
 * - `logBucket`: `0` for zero, else the sign of x and floor(log2(1 + |x|) perOctave), such as `+3`.
 * - `hourOfDay`: `0` to `23`, UTC plus `offsetMinutes`.
 *
 * @throws TypeError when this program has no such operator.
 */
export const callFeature = <Op extends CallOperator["op"]>(operator: CallOperator & { op: Op }): CallFeature =>
  (callOperators as Operators)[operator.op as Op](operator);

Object.assign(callOperators, {
  hourOfDay:
    ({ offsetMinutes }) =>
    (_, { at }) =>
      hourOfDay(at, offsetMinutes),
  field: ({ path }) => {
    const read = reader(path);
    return (data, _, id) => fieldValue(read(data) ?? (path === "id" ? id : null));
  },
  bucket: ({ path, edges }) => onNumber(path, (x) => bucket(x, edges)),
  log1p: ({ path }) => onNumber(path, (x) => (x < 0 ? 0 - log(1 - x) : log(1 + x))),
  logBucket: ({ path, perOctave }) => onNumber(path, (x) => logBucket(x, perOctave)),
} satisfies Partial<typeof callOperators>);

function fieldValue(value: unknown): FeatureValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) {
    const strings = new Set(value.filter((x) => typeof x === "string"));
    return strings.size > 0 ? [...strings] : null;
  }
  return numberValue(value);
}

function onNumber(path: string, compute: (x: number) => FeatureValue): CallFeature {
  const read = reader(path);
  return (data) => {
    const x = numberValue(read(data));
    return x === null ? null : compute(x);
  };
}

function bucket(x: number, edges: readonly number[]): string {
  let index = 0;
  for (const edge of edges) if (x >= edge) index++;
  return `b${index}`;
}

function logBucket(x: number, perOctave: number): string {
  if (x === 0) return "0";
  return `${x < 0 ? "-" : "+"}${Math.floor(log2(1 + Math.abs(x)) * perOctave)}`;
}

function hourOfDay(at: number, offsetMinutes: number): string {
  const hours = Math.floor((at + offsetMinutes * 60_000) / 3_600_000);
  return String(hours - 24 * Math.floor(hours / 24));
}
