import { z } from "zod";
import { MAX_PROPERTIES, MAX_STRING_LENGTH } from "./limits.ts";
import { wordsErrorsOf } from "./quick-schema.ts";

/**
 * What is wrong with properties and feature values, a few places of each object. A schema of unions says of each wrong value what it is not, branch by
 * branch: of a body of 700 kB of nothing else that was 1 GB, and 14 seconds. So it is asked only about what this finds right.
 */

/** Most places that are named in one object: who has mended them sees the next ones. */
const MAX_NAMED = 8;

type Found = { path: (string | number)[]; message: string };

/** A schema that is asked only about values in which `problems` finds none. */
export const checkedFirst = <S extends z.ZodType>(schema: S, problems: (value: unknown) => Iterable<Found>): S =>
  wordsErrorsOf(
    z.preprocess((value, ctx) => {
      let named = 0;
      for (const { path, message } of problems(value)) {
        ctx.addIssue({ code: "custom", path, message });
        if (++named === MAX_NAMED) break;
      }
      return value;
    }, schema),
    schema,
  ) as unknown as S;

const SCALAR = "a number, a text, true, false or null";

/** Of properties: scalars, lists of them, and objects of both. */
export function* propertyProblems(value: unknown): Generator<Found> {
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(value))
    if (isObject(property))
      for (const [inner, scalar] of Object.entries(property))
        yield* valueProblems([name, inner], scalar, MAX_PROPERTIES);
    else yield* valueProblems([name], property, MAX_PROPERTIES);
}

/** Longest vector that a feature is. */
const MAX_VECTOR = 1024;

/** Of feature values: scalars and lists of them. */
export function* featureValueProblems(value: unknown): Generator<Found> {
  if (!isObject(value)) return;
  for (const [name, feature] of Object.entries(value)) yield* valueProblems([name], feature, MAX_VECTOR);
}

function* valueProblems(path: Found["path"], value: unknown, most: number): Generator<Found> {
  if (!Array.isArray(value)) {
    if (!isScalar(value)) yield { path, message: `must be ${SCALAR}, or a list of such` };
    else if (isTooLong(value)) yield { path, message: TOO_LONG };
    return;
  }
  if (value.length > most) yield { path, message: `must have at most ${most} values` };
  else
    for (let i = 0; i < value.length; i++)
      if (!isScalar(value[i])) yield { path: [...path, i], message: `must be ${SCALAR}` };
      else if (isTooLong(value[i])) yield { path: [...path, i], message: TOO_LONG };
}

const TOO_LONG = `must have at most ${MAX_STRING_LENGTH} characters`;
const isTooLong = (value: unknown): boolean => typeof value === "string" && value.length > MAX_STRING_LENGTH;
const isScalar = (value: unknown): boolean => value === null || ["number", "string", "boolean"].includes(typeof value);
const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
