import type { DecisionRecord } from "../shared/spec/record.ts";
import type { Env } from "./env.ts";
import { fieldProblem } from "./middleware/problem.ts";
import { partitionFor } from "./partitions.ts";

/** An id for a decision whose caller gave none. It begins with the session, if there is one, to lie in its partition. */
export const newDecisionId = (session: string | undefined): string =>
  session === undefined ? crypto.randomUUID() : `${session}.${crypto.randomUUID()}`;

/**
 * Puts what one call decided into the log: all of it or, if the log cannot be reached, nothing.
 * @param decisions of one partition.
 * @returns the decisions that are there: those from before, if their ids were used before.
 * @throws ProblemError 409 when an id belongs to a decision of another model, or the call had another number of places before.
 */
export async function logDecisions<D extends DecisionRecord>(env: Env, decisions: readonly D[]): Promise<D[]> {
  const { decisions: outcomes } = await partitionFor(env, decisions[0]!.id).append({
    receivedAt: decisions[0]!.at,
    decisions: decisions.map((decision) => {
      const { id, model, at } = decision;
      return { id, model, claimedAt: at, at, body: JSON.stringify(decision) };
    }),
    feedback: [],
    unusable: [],
    keepRejected: false,
  });
  const logged = outcomes.map((outcome, i) => {
    if (outcome.status === "conflict") throw fieldProblem(409, "body.id", outcome.problem);
    return outcome.status === "duplicate" ? (JSON.parse(outcome.stored) as D) : decisions[i]!;
  });
  if (new Set(outcomes.map(({ status }) => status)).size > 1)
    throw fieldProblem(409, "body.slots", "must be as many as when this id was decided first");
  return logged;
}
