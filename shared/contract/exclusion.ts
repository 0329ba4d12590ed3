import { z } from "zod";
import { key, sessionId, timestamp } from "./values.ts";

/**
 * What of the log is not learned: the decisions of a session, of a unit, of a time, or of what is all of that. The records stay in the log. Times are those at
 * which decisions were received, ms since the epoch, `until` not included.
 */
export const exclusionRequest = z
  .strictObject({
    session: sessionId.optional().describe("Decisions of this session"),
    unit: key.optional().describe("Decisions for this unit"),
    since: timestamp.optional().describe("Decisions received from then on"),
    until: timestamp.optional().describe("Decisions received before then"),
  })
  .superRefine(({ session, unit, since, until }, context) => {
    if (session === undefined && unit === undefined && since === undefined)
      context.addIssue({ code: "custom", path: [], message: "must name a session, a unit, or since when" });
    if (until !== undefined && !((since ?? 0) < until))
      context.addIssue({ code: "custom", path: ["until"], message: "must be later than since" });
  });
export type Exclusion = z.infer<typeof exclusionRequest>;

/** All that a version does not learn. Of two, the one of the higher revision is the later. */
export type Exclusions = { revision: number; list: Exclusion[] };
