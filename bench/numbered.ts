import { field } from "../shared/contract/define.ts";
import type { Properties } from "../shared/contract/values.ts";

const nameOf = (i: number): string => `x${i}`;

/** `x0`, `x1`, ...: numbers as properties. */
export const named = (values: readonly number[]): Properties =>
  Object.fromEntries(values.map((value, i) => [nameOf(i), value]));

/** So many of them as features of a spec. */
export const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [nameOf(i), field(nameOf(i))]));
