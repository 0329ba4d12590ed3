import { z } from "zod";
import { share, stage } from "./directory.ts";
import { RECORD_FORMAT } from "./format.ts";
import { MAX_ACTIONS, MAX_EVENTS } from "./limits.ts";
import { quick } from "./quick-schema.ts";
import { checkedFirst, outputProblems } from "./value-problems.ts";
import {
  decisionId,
  featureValues,
  feedbackValue,
  key,
  modelName,
  properties,
  sessionId,
  text,
  timestamp,
} from "./values.ts";

/**
 * Schemas of what enters the log. TypeScript types are inferred, never written twice. Fields that a schema does not know are kept: a page
 * may be newer than the edge (format.ts). What is of an older format is read through read-record.ts.
 */

/** The object with whatever else it carries; its type is of what we know. */
const open = <T extends z.ZodObject>(schema: T): T => schema.loose() as unknown as T;

/** Something that happened in a session; events make features, they are not feedback by themselves. */
export const sessionEvent = z.strictObject({
  type: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, _ or -"),
  /** When it happened, ms since the epoch. */
  at: timestamp,
  properties: properties.default({}),
});
export type SessionEvent = z.infer<typeof sessionEvent>;
export const sessionEvents = z.array(sessionEvent).max(MAX_EVENTS);

const actionShape = { id: key, features: properties.default({}) };
/** One thing to choose. */
export type Action = z.infer<z.ZodObject<typeof actionShape>>;

/** Actions of which no two have one id. */
const distinct = <T extends z.ZodType<Action>>(action: T) =>
  z
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
/** The actions of a call. */
export const actions = distinct(z.strictObject(actionShape));
/** The actions of a record. */
const recordedActions = distinct(open(z.object(actionShape)));

/** Where and with what a decision was computed. */
export const computedBy = open(
  z.object({
    place: z.enum(["browser", "edge"]),
    /**
     * `native`: the head alone; `wasm`, `webgpu`: the graph ran in ONNX Runtime with that execution provider; `none`: no version decided, and
     * the caller's own order was taken (decide/fallback.ts).
     */
    runtime: z.enum(["native", "wasm", "webgpu", "none"]),
    /** Of `none`: why no version decided. */
    reason: z.string().max(64).optional(),
  }),
);
export type ComputedBy = z.infer<typeof computedBy>;

/** How the unit came to this version (decide/assign.ts); its bucket follows from unit and model. */
const assignment = open(z.object({ stage, share: share.nullable(), directory: z.number().int().min(0) }));
export type Assignment = z.infer<typeof assignment>;

const format = z.literal(RECORD_FORMAT);

const decisionBase = {
  format,
  id: decisionId,
  model: modelName,
  /** 0: no version decided. */
  version: z.number().int().min(0),
  snapshot: z.number().int().min(0),
  unit: key,
  session: sessionId.optional(),
  /** When the decision was made, ms since the epoch, by the maker's clock. */
  at: timestamp,
  computedBy,
  /** Null of records of format 1, which did not say. */
  assignment: assignment.nullable(),
  /** It counts only once it is activated. */
  deferred: z.boolean(),
  context: properties,
  /** Values of the session features when the decision was made. */
  sessionFeatures: featureValues,
  /** Values of the profile features when the decision was made. */
  profileFeatures: featureValues,
  /** Outputs of the graph, one value an action (predict: one); null when no graph ran. */
  graph: checkedFirst(z.record(key, z.array(z.number()).max(MAX_ACTIONS)).nullable(), outputProblems),
};

/** Most matches of a decision: of each of some paths as many as events are kept. */
const MAX_MATCHES = 16 * MAX_EVENTS;
/** A value that events of the session have under a path, such as `view.item`, and actions, too: of how many of these events, and how many seconds before the decision the last was. */
const match = open(
  z.object({
    event: key,
    value: text,
    times: z.number().int().min(1).max(MAX_EVENTS),
    ago: z.number().min(0),
  }),
);
export type Match = z.infer<typeof match>;
export const matches = z.array(match).max(MAX_MATCHES);

/** A rank decision, complete enough to learn from and to recompute. `scores` and `probabilities` run parallel to `actions`. */
const rankDecision = open(
  z.object({
    ...decisionBase,
    task: z.literal("rank"),
    actions: recordedActions,
    /** Where the spec has an operator that matches actions with events (features/match-operators.ts). */
    matches: matches.optional(),
    scores: z.array(z.number()).max(MAX_ACTIONS),
    probabilities: z.array(z.number().min(0).max(1)).max(MAX_ACTIONS),
    /** Index of the chosen action. Its propensity is `probabilities[chosen]`. */
    chosen: z.number().int().min(0),
  }),
).superRefine((d, ctx) => {
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

const predictDecision = open(
  z.object({
    ...decisionBase,
    task: z.literal("predict"),
    /** The raw score of the head. */
    score: z.number(),
    /** What was answered: the score through the link (a probability when the label is binary). */
    value: z.number(),
  }),
);
export type PredictDecision = z.infer<typeof predictDecision>;

export const decisionRecord = quick(z.discriminatedUnion("task", [rankDecision, predictDecision]));
export type DecisionRecord = z.infer<typeof decisionRecord>;

/** Feedback for one decision: a reward (rank) or a label (predict). */
export const feedbackRecord = quick(
  open(
    z.object({
      format,
      id: decisionId,
      value: feedbackValue,
      at: timestamp
        .optional()
        .describe("When it happened, ms since the epoch; with the id and the value it makes a repeat recognisable"),
      final: z.boolean().optional().describe("No more feedback will follow: the example is complete at once"),
    }),
  ),
);
export type FeedbackRecord = z.infer<typeof feedbackRecord>;

/** The moment when a decision was really shown or used; a deferred decision counts from then on. */
export const activationRecord = quick(
  open(
    z.object({
      format,
      id: decisionId,
      at: timestamp.optional().describe("When it was shown, ms since the epoch; now, when it is left out"),
    }),
  ),
);
export type ActivationRecord = z.infer<typeof activationRecord>;
