import { z } from "zod";
import { MAX_ID_LENGTH, MAX_KEY_LENGTH, MAX_LIST_VALUES, MAX_PROPERTIES, MAX_STRING_LENGTH } from "./limits.ts";
import { checkedFirst, featureValueProblems, propertyProblems, tooMany } from "./value-problems.ts";

/** Schemas of the values that every other schema is made of. */

/** Milliseconds since the Unix epoch, UTC; from 1970 to the year 9999. */
export const timestamp = z.number().int().min(0).max(253_402_300_799_999);

/** A decision id: `<session>.<n>` from a page, any printable string from others. */
export const decisionId = z
  .string()
  .min(1)
  .max(MAX_ID_LENGTH)
  .regex(/^[^\p{C}]+$/u, "must not contain control characters");

/** A unit, an action id: any printable string. */
export const key = z
  .string()
  .min(1)
  .max(MAX_KEY_LENGTH)
  .regex(/^[^\p{C}]+$/u, "must not contain control characters");

/** A session id. The first dot of a decision id ends its session, so a session has none. */
export const sessionId = key.refine((s) => !s.includes("."), "must not contain a dot");

/** The name of a model, as it stands in URLs. */
export const modelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "must be lower-case letters, digits and hyphens, and start with a letter");

/** A reward or label. */
export const feedbackValue = z.number().min(-1e9).max(1e9);

/** A string value of a feature or property. */
export const text = z.string().max(MAX_STRING_LENGTH);
// Numbers first: they are the most, and the union is tried in order.
const scalar = z.union([z.number(), text, z.boolean(), z.null()]);

/** What a caller may put into a context, an action or an event: scalars, lists of scalars, one level of nesting. */
const property = z.union([scalar, z.array(scalar).max(MAX_LIST_VALUES)]);
export const properties = checkedFirst(
  z
    .record(key, z.union([property, z.record(key, property)]))
    .refine((o) => Object.keys(o).length <= MAX_PROPERTIES, tooMany("properties")),
  propertyProblems,
);
export type Properties = z.infer<typeof properties>;

/**
 * The value of one feature. A string is a category, a list of strings a set of categories, a list of numbers a dense
 * vector (an input of the graph; the head does not see it), null is missing.
 */
const featureValue = z.union([
  z.number(),
  text,
  z.boolean(),
  z.null(),
  z.array(text).max(64),
  z.array(z.number()).max(MAX_LIST_VALUES),
]);
export type FeatureValue = z.infer<typeof featureValue>;

/** Feature values of one namespace by feature name. */
export const featureValues = checkedFirst(
  z.record(key, featureValue).refine((o) => Object.keys(o).length <= MAX_PROPERTIES, tooMany("features")),
  featureValueProblems,
);
export type FeatureValues = z.infer<typeof featureValues>;
