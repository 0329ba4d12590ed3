import { z } from "zod";
import {
  MAX_ACTIONS,
  MAX_BATCH,
  MAX_CONTRIBUTIONS,
  MAX_EVENTS,
  MAX_ID_LENGTH,
  MAX_PROPERTIES,
  MAX_SLOTS,
} from "./limits.ts";
import { namespaces } from "./spec.ts";
import {
  decisionId,
  featureValues,
  feedbackValue,
  key,
  modelName,
  properties,
  sessionId,
  timestamp,
} from "./values.ts";

/** Schemas of everything that crosses a wire or enters the log. TypeScript types are inferred, never written twice. */

/** Something that happened in a session; events make features, they are not feedback by themselves. */
export const sessionEvent = z.strictObject({
  type: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, _ or -"),
  /** When it happened, ms since the epoch. */
  at: timestamp,
  properties: properties.default({}),
});
export type SessionEvent = z.infer<typeof sessionEvent>;
export const sessionEvents = z.array(sessionEvent).max(MAX_EVENTS);

/** One thing to choose. */
const action = z.strictObject({ id: key, features: properties.default({}) });
export type Action = z.infer<typeof action>;
export const actions = z
  .array(action)
  .min(1, "must have at least one action")
  .max(MAX_ACTIONS)
  .superRefine((list, ctx) => {
    const seen = new Map<string, number>();
    list.forEach((a, i) => {
      const first = seen.get(a.id);
      if (first === undefined) seen.set(a.id, i);
      else
        ctx.addIssue({
          code: "custom",
          path: [i, "id"],
          message: `${JSON.stringify(a.id)} is already the id of action ${first}`,
        });
    });
  });

/** Where and with what a decision was computed. */
const computedBy = z.strictObject({
  place: z.enum(["browser", "edge"]),
  /** `native`: the head alone; `wasm`, `webgpu`: the graph ran in ONNX Runtime with that execution provider. */
  runtime: z.enum(["native", "wasm", "webgpu"]),
});
export type ComputedBy = z.infer<typeof computedBy>;

const decisionBase = {
  id: decisionId,
  model: modelName,
  version: z.number().int().min(1),
  snapshot: z.number().int().min(0),
  unit: key,
  session: sessionId.optional(),
  /** When the decision was made, ms since the epoch, by the maker's clock. */
  at: timestamp,
  computedBy,
  context: properties,
  /** Values of the session features when the decision was made. */
  sessionFeatures: featureValues,
  /** Values of the profile features when the decision was made. */
  profileFeatures: featureValues,
  /** Outputs of the graph, one value an action (predict: one); null when no graph ran. */
  graph: z.record(key, z.array(z.number()).max(MAX_ACTIONS)).nullable(),
};

/** A rank decision, complete enough to learn from and to recompute. `scores` and `probabilities` run parallel to `actions`. */
const rankDecision = z
  .strictObject({
    ...decisionBase,
    task: z.literal("rank"),
    actions,
    scores: z.array(z.number()).max(MAX_ACTIONS),
    probabilities: z.array(z.number().min(0).max(1)).max(MAX_ACTIONS),
    /** Index of the chosen action. Its propensity is `probabilities[chosen]`. */
    chosen: z.number().int().min(0),
  })
  .superRefine((d, ctx) => {
    const n = d.actions.length;
    const bad = (path: (string | number)[], message: string) => ctx.addIssue({ code: "custom", path, message });
    if (d.scores.length !== n) bad(["scores"], `must have one value for each of the ${n} actions`);
    if (d.probabilities.length !== n) bad(["probabilities"], `must have one value for each of the ${n} actions`);
    if (Math.abs(d.probabilities.reduce((a, b) => a + b, 0) - 1) > 1e-6) bad(["probabilities"], "must sum to 1");
    if (d.chosen >= n) bad(["chosen"], `must be the index of one of the ${n} actions`);
    else if (!(d.probabilities[d.chosen]! > 0)) bad(["chosen"], "must have a probability above 0");
    for (const [name, values] of Object.entries(d.graph ?? {}))
      if (values.length !== n) bad(["graph", name], `must have one value for each of the ${n} actions`);
  });
export type RankDecision = z.infer<typeof rankDecision>;

const predictDecision = z.strictObject({
  ...decisionBase,
  task: z.literal("predict"),
  /** The raw score of the head. */
  score: z.number(),
  /** What was answered: the score through the link (a probability when the label is binary). */
  value: z.number(),
});
export type PredictDecision = z.infer<typeof predictDecision>;

export const decisionRecord = z.discriminatedUnion("task", [rankDecision, predictDecision]);
export type DecisionRecord = z.infer<typeof decisionRecord>;

/** Feedback for one decision: a reward (rank) or a label (predict). */
export const feedbackRecord = z.strictObject({
  id: decisionId,
  value: feedbackValue,
  at: timestamp
    .optional()
    .describe("When it happened, ms since the epoch; with the id and the value it makes a repeat recognisable"),
  final: z.boolean().optional().describe("No more feedback will follow: the example is complete at once"),
});
export type FeedbackRecord = z.infer<typeof feedbackRecord>;

const rankCall = z.strictObject({
  id: decisionId.optional().describe("Id of the decision: calls that repeat it answer the same; made up when left out"),
  unit: key.describe("Who the decision is for: a visitor, a user"),
  session: sessionId.optional().describe("The session that the decision belongs to"),
  context: properties.default({}).describe("What is known of the situation"),
  events: sessionEvents.default([]).describe("The session's events so far: the edge keeps none for you"),
  explain: z
    .number()
    .int()
    .min(1)
    .max(MAX_CONTRIBUTIONS)
    .optional()
    .describe("Say of each score which features made it: this many, the ones that matter most"),
  actions,
  slots: z
    .array(properties)
    .min(1)
    .max(MAX_SLOTS)
    .optional()
    .describe(
      "Fill several places from these actions, none twice: of each place, the first first, what is known of it, laid over the context",
    ),
});

/** Body of POST /v1/models/{model}/rank. */
export const rankRequest = rankCall.superRefine(({ id, context, slots = [] }, ctx) => {
  const room = `.${MAX_SLOTS}`.length;
  if (slots.length > 1 && id !== undefined && id.length > MAX_ID_LENGTH - room)
    ctx.addIssue({ code: "custom", path: ["id"], message: `must leave room for ${room} more characters, with slots` });
  slots.forEach((slot, i) => {
    if (Object.keys({ ...context, ...slot }).length > MAX_PROPERTIES)
      ctx.addIssue({
        code: "custom",
        path: ["slots", i],
        message: `must have at most ${MAX_PROPERTIES} properties with the context`,
      });
  });
});

/** Body of POST /v1/models/{model}/predict. */
export const predictRequest = rankCall.omit({ actions: true, slots: true });

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
  .describe("When `explain` was asked; not for a repeated id whose decision an earlier snapshot made");

export const rankResponse = z.strictObject({
  id: decisionId,
  model: z.string().describe("`home-hero@1.12`: model, version, snapshot"),
  chosen: key.describe("Id of the chosen action"),
  ranking: z
    .array(z.strictObject({ id: key, score: z.number(), probability: z.number(), explanation: explained }))
    .describe("The chosen action first, then the others by falling score"),
  slots: z
    .array(
      z.strictObject({
        id: decisionId.describe("Feedback for this place is given by this id"),
        chosen: key,
        probability: z.number().describe("Of being chosen among the actions that the places above left"),
      }),
    )
    .optional()
    .describe("When `slots` were given: what is in each place, the first place first; no more than there are actions"),
});
export type RankResponse = z.infer<typeof rankResponse>;

export const predictResponse = z.strictObject({
  id: decisionId,
  model: z.string(),
  value: z.number(),
  explanation: explained,
});
export type PredictResponse = z.infer<typeof predictResponse>;

/** Body of POST /v1/decisions/{id}/feedback. */
export const feedbackRequest = feedbackRecord.omit({ id: true });

/** Envelope of POST /v1/batch. Its items are checked one by one, so that one bad item does not hold up the others. */
export const batchRequest = z
  .strictObject({
    sentAt: timestamp.describe("The page's clock when it sent the batch; corrects the `at` of what is in it"),
    decisions: z.array(z.unknown()).default([]),
    feedback: z.array(z.unknown()).default([]),
  })
  .refine((b) => b.decisions.length + b.feedback.length <= MAX_BATCH, `must have at most ${MAX_BATCH} items`);

export const batchResponse = z.strictObject({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  /** What was not taken, and why; it is kept among the dead letters. `index` is the place in `list`. */
  rejected: z.array(
    z.strictObject({
      list: z.enum(["decisions", "feedback"]),
      index: z.number().int(),
      id: z.string().nullable(),
      problem: z.string(),
    }),
  ),
});
export type BatchResponse = z.infer<typeof batchResponse>;
