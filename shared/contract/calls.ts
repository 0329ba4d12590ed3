import { z } from "zod";
import { actionLists, listHash } from "./action-list.ts";
import { MAX_CONTRIBUTIONS, MAX_EXPLAINED, MAX_ID_LENGTH, MAX_PROPERTIES, MAX_SLOTS } from "./limits.ts";
import { quick } from "./quick-schema.ts";
import { actions, activationRecord, computedBy, feedbackRecord, sessionEvents } from "./record.ts";
import { namespaces } from "./spec.ts";
import { decisionId, key, properties, sessionId } from "./values.ts";

/** Calls to the edge and its answers. Strict: who calls wrote it himself, and is told of a name that nobody reads. */

const rankCall = z.strictObject({
  id: decisionId.optional().describe("Id of the decision: calls that repeat it answer the same; made up when left out"),
  unit: key.describe("Who the decision is for: a visitor, a user"),
  session: sessionId.optional().describe("The session that the decision belongs to"),
  deferred: z
    .boolean()
    .default(false)
    .describe("Count the decision only once it is activated: POST /v1/decisions/{id}/activation, when it was shown"),
  context: properties.default({}).describe("What is known of the situation"),
  events: sessionEvents.default([]).describe("The session's events so far: the edge keeps none for you"),
  explain: z
    .number()
    .int()
    .min(1)
    .max(MAX_CONTRIBUTIONS)
    .optional()
    .describe(
      `Say of the first ${MAX_EXPLAINED} scores of the ranking which features made them: this many, the ones that matter most`,
    ),
  actions: z
    .union([actions, listHash])
    .describe("What to choose from; or the hash of such a list, which the edge knows or which comes along"),
  actionLists: actionLists.optional(),
  slots: z
    .array(properties)
    .min(1)
    .max(MAX_SLOTS)
    .optional()
    .describe(
      "Fill several slots of a list from these actions, none twice: of each slot, the first first, what is known of it, laid over the context",
    ),
});

/** Body of POST /v1/models/{model}/rank. */
export const rankRequest = quick(
  rankCall.superRefine(({ id, context, slots = [] }, ctx) => {
    const room = `.${MAX_SLOTS}`.length;
    if (slots.length > 1 && id !== undefined && id.length > MAX_ID_LENGTH - room)
      ctx.addIssue({
        code: "custom",
        path: ["id"],
        message: `must leave room for ${room} more characters, with slots`,
      });
    slots.forEach((slot, i) => {
      if (Object.keys({ ...context, ...slot }).length > MAX_PROPERTIES)
        ctx.addIssue({
          code: "custom",
          path: ["slots", i],
          message: `must have at most ${MAX_PROPERTIES} properties with the context`,
        });
    });
  }),
);

/** Body of POST /v1/models/{model}/predict. */
export const predictRequest = quick(rankCall.omit({ actions: true, actionLists: true, slots: true }));

/** A value that a feature was made from, by the names of the spec. */
const featurePart = z.strictObject({
  namespace: z.enum([...namespaces, "constant"]),
  name: z.string(),
  value: z.union([z.number(), z.string(), z.literal(true)]),
  scale: z
    .enum(["coarse", "linear", "fine"])
    .optional()
    .describe("Of a number with the default treatment: which of its features this is"),
});
export type FeaturePart = z.infer<typeof featurePart>;

/** What a score consists of: the largest contributions, whatever their sign, and all others together. */
const explanation = z.strictObject({
  contributions: z.array(
    z.strictObject({
      parts: z.array(featurePart).describe("The value it was made from; of an interaction, the two or three"),
      contribution: z.number().describe("What it adds to the score"),
      deviation: z
        .number()
        .optional()
        .describe("How unsure the learner is of that, as a standard deviation; of the learner bayesian"),
    }),
  ),
  others: z.strictObject({ count: z.number().int(), contribution: z.number() }),
});
export type BriefExplanation = z.infer<typeof explanation>;
const explained = explanation
  .optional()
  .describe(
    "When `explain` was asked, of the first of the ranking; not for a repeated id whose decision an earlier snapshot made",
  );

const madeBy = computedBy.describe("By what: `runtime` is `native` (the head alone), or what ran the graph");

export const rankResponse = z.strictObject({
  id: decisionId,
  model: z.string().describe("`home-hero@1.12`: model, version, snapshot"),
  computedBy: madeBy,
  chosen: key.describe("Id of the chosen action"),
  ranking: z
    .array(z.strictObject({ id: key, score: z.number(), probability: z.number(), explanation: explained }))
    .describe("The chosen action first, then the others by falling score"),
  slots: z
    .array(
      z.strictObject({
        id: decisionId.describe("Feedback for this slot is given by this id"),
        chosen: key,
        probability: z.number().describe("Of being chosen among the actions that the slots above left"),
      }),
    )
    .optional()
    .describe("When `slots` were given: what is in each slot, the first one first; no more than there are actions"),
});
export type RankResponse = z.infer<typeof rankResponse>;

export const predictResponse = z.strictObject({
  id: decisionId,
  model: z.string(),
  computedBy: madeBy,
  value: z.number(),
  explanation: explained,
});
export type PredictResponse = z.infer<typeof predictResponse>;

/** Body of POST /v1/decisions/{id}/feedback. */
export const feedbackRequest = z.strictObject({
  ...feedbackRecord.omit({ format: true, id: true }).shape,
  action: key
    .optional()
    .describe(
      "Of a list of several slots, by the id of its call: which of the shown actions it is for; the slot is found",
    ),
});

/** Body of POST /v1/decisions/{id}/activation. */
export const activationRequest = z.strictObject(activationRecord.omit({ format: true, id: true }).shape);
