import { z } from "zod";

/** How far a version's log is learned again beside it, and whether that has given the same bits. */
export const replayStatus = z.object({
  state: z.enum(["running", "equal", "different", "failed"]),
  examples: z.number().int().describe("Learned again so far"),
  of: z.number().int().describe("Examples that the version had learned when it began"),
  problem: z.string().nullable().describe("Where it differs, or why it failed"),
  snapshot: z
    .object({ learned: z.string().nullable(), replayed: z.string().nullable() })
    .describe("SHA-256 of the version's snapshot, and of the one that was learned again; null until it is known"),
});
export type ReplayStatus = z.infer<typeof replayStatus>;
