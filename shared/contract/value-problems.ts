import { z } from "zod";
import { MAX_ACTIONS, MAX_KEY_LENGTH, MAX_LIST_VALUES, MAX_PROPERTIES, MAX_STRING_LENGTH } from "./limits.ts";
import { wordsErrorsOf } from "./quick-schema.ts";

/**
 * What is wrong with properties and feature values, their names and how many there are, a few places of each object. A schema of unions says of each wrong value what it is
 * not, branch by branch, and of each wrong name: of a body of 700 kB of nothing else that was 1 GB, and 14 seconds. So it is asked only about what this finds right.
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
  for (const [name, property] of yield* named(value, "properties"))
    if (isObject(property))
      for (const inner of Object.keys(property)) {
        yield* nameProblems([name, inner]);
        yield* valueProblems([name, inner], property[inner]);
      }
    else yield* valueProblems([name], property);
}

/** Of feature values: scalars and lists of them. */
export function* featureValueProblems(value: unknown): Generator<Found> {
  for (const [name, feature] of yield* named(value, "features")) yield* valueProblems([name], feature);
}

/** Of outputs of a graph: a list of numbers each. */
export function* outputProblems(value: unknown): Generator<Found> {
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    yield* nameProblems([name]);
    const output = value[name];
    if (!Array.isArray(output) || output.length > MAX_ACTIONS || !output.every((x) => typeof x === "number"))
      yield { path: [name], message: `must be a list of at most ${MAX_ACTIONS} numbers` };
  }
}

export const tooMany = (what: string): string => `must have at most ${MAX_PROPERTIES} ${what}`;

/** What is in an object, by name; nothing when there is too much of it: then nothing but that is said. */
function* named(value: unknown, what: string): Generator<Found, [string, unknown][]> {
  if (!isObject(value)) return [];
  const names = Object.keys(value);
  if (names.length > MAX_PROPERTIES) {
    yield { path: [], message: tooMany(what) };
    return [];
  }
  for (const name of names) yield* nameProblems([name]);
  return names.map((name) => [name, value[name]]);
}

function* nameProblems(path: string[]): Generator<Found> {
  const name = path.at(-1)!;
  if (name.length < 1 || name.length > MAX_KEY_LENGTH || !PRINTABLE.test(name))
    yield { path, message: `is not a possible name: it must have 1 to ${MAX_KEY_LENGTH} characters, none of control` };
}
/** As of a key (values.ts). */
const PRINTABLE = /^[^\p{C}]+$/u;

function* valueProblems(path: Found["path"], value: unknown): Generator<Found> {
  if (!Array.isArray(value)) {
    if (!isScalar(value)) yield { path, message: `must be ${SCALAR}, or a list of such` };
    else if (isTooLong(value)) yield { path, message: TOO_LONG };
    return;
  }
  if (value.length > MAX_LIST_VALUES) yield { path, message: `must have at most ${MAX_LIST_VALUES} values` };
  else
    for (let i = 0; i < value.length; i++)
      if (!isScalar(value[i])) yield { path: [...path, i], message: `must be ${SCALAR}` };
      else if (isTooLong(value[i])) yield { path: [...path, i], message: TOO_LONG };
}

const TOO_LONG = `must have at most ${MAX_STRING_LENGTH} characters`;
const isTooLong = (value: unknown): boolean => typeof value === "string" && value.length > MAX_STRING_LENGTH;
const isScalar = (value: unknown): boolean => value === null || ["number", "string", "boolean"].includes(typeof value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
