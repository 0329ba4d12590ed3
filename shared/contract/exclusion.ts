import { z } from "zod";
import { key, sessionId, timestamp } from "./values.ts";

/** Most sessions, or units, of one exclusion. */
const MAX_NAMES = 1000;

/** One, or a list of which each is meant. */
const oneOrMore = <T extends z.ZodType<string>>(name: T) => z.union([name, z.array(name).min(1).max(MAX_NAMES)]);

/**
 * What of the log is not learned: the decisions of sessions, of units, of a time, or of what is all of that. The records stay in the log. Times are those at
 * which decisions were received, ms since the epoch, `until` not included.
 */
export const exclusionRequest = z
  .strictObject({
    session: oneOrMore(sessionId).optional().describe("Decisions of this session, or of each of these"),
    unit: oneOrMore(key).optional().describe("Decisions for this unit, or for each of these"),
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

/** How many sessions and units it names. */
export const namesIn = ({ session = [], unit = [] }: Exclusion): number => [session, unit].flat().length;

/** All that a version does not learn. Of two, the one of the higher revision is the later. */
export type Exclusions = { revision: number; list: Exclusion[] };
