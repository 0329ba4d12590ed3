import { expect, test } from "vitest";
import type { z } from "zod";
import { feedbackRequest, rankRequest } from "../../shared/contract/calls.ts";
import { fieldErrors } from "./field-errors.ts";

const call = { unit: "u", actions: [{ id: "a" }] };

test.each<[what: string, schema: z.ZodType, value: unknown, field: string, message: string]>([
  ["no value", feedbackRequest, {}, "body.value", "is missing"],
  ["a text for a number", feedbackRequest, { value: "1" }, "body.value", "must be of type number, not string"],
  ["null for a number", feedbackRequest, { value: null }, "body.value", "must be of type number, not null"],
  ["a list for the body", rankRequest, [], "body", "must be of type object, not array"],
  ["null for the body", rankRequest, null, "body", "must be of type object, not null"],
  ["an object for a list", rankRequest, { ...call, actions: {} }, "body.actions", "must be array or string"],
  ["nothing for a list, or what names it", rankRequest, { unit: "u" }, "body.actions", "is missing"],
  ["no id of an action", rankRequest, { ...call, actions: [{}] }, "body.actions[0].id", "is missing"],
  ["a number for an id", rankRequest, { ...call, unit: 7 }, "body.unit", "must be of type string, not number"],
  ["an unknown field", rankRequest, { ...call, "a b": 1 }, 'body["a b"]', "is not a known field"],
])("%s", (_, schema, value, field, message) => {
  expect(fieldErrors("body", schema.safeParse(value).error!.issues)).toContainEqual({ field, message });
});
