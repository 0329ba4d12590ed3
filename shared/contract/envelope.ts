import { z } from "zod";
import { actionLists, listHash } from "./action-list.ts";
import { MAX_BATCH } from "./limits.ts";
import { timestamp } from "./values.ts";

const list = z.enum(["decisions", "feedback", "activations"]);
export type List = z.infer<typeof list>;

/** Where an item of a batch stood, and what is to be said of it. */
const item = z.strictObject({
  list,
  /** Its place in the list. */
  index: z.number().int(),
  id: z.string().nullable(),
  problem: z.string(),
});

/** Envelope of POST /v1/batch. Its items are checked one by one, so that one bad item does not hold up the others. */
export const batchRequest = z
  .looseObject({
    format: z.number().int().min(1).default(1),
    sentAt: timestamp.describe("The page's clock when it sent the batch; corrects the `at` of what is in it"),
    decisions: z
      .array(z.unknown())
      .default([])
      .describe("Records of decisions; `actions` may be the hash of a list that the edge knows, or that comes along"),
    feedback: z.array(z.unknown()).default([]),
    activations: z.array(z.unknown()).default([]),
    actionLists: actionLists.default({}),
  })
  .refine(
    (b) => b.decisions.length + b.feedback.length + b.activations.length <= MAX_BATCH,
    `must have at most ${MAX_BATCH} items`,
  );
export type BatchRequest = z.infer<typeof batchRequest>;

export const batchResponse = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  rejected: z.array(item).describe("What was not taken, and why; it is kept among the dead letters"),
  unread: z
    .array(
      item.extend({
        retryAfter: z
          .number()
          .min(0)
          .optional()
          .describe(
            "Seconds after which it is to be sent again: it could not be checked now. Else it is for a newer edge",
          ),
      }),
    )
    .describe(
      "Of a format that this edge does not read yet, or not to be checked at the moment: neither taken nor refused, to be kept and sent again later",
    ),
  wanted: z
    .array(listHash)
    .optional()
    .describe("Lists of actions that are not known here: what names them is `unread`, and to be sent with them"),
});
export type BatchResponse = z.infer<typeof batchResponse>;
