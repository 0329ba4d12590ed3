import type { DecisionRecord } from "../shared/spec/record.ts";
import type { Env } from "./env.ts";
import { fieldProblem } from "./middleware/problem.ts";
import { partitionFor } from "./partitions.ts";

/** An id for a decision whose caller gave none. It begins with the session, if there is one, to lie in its partition. */
export const newDecisionId = (session: string | undefined): string =>
  session === undefined ? crypto.randomUUID() : `${session}.${crypto.randomUUID()}`;

/**
 * Puts a decision made at the edge into the log.
 * @returns the decision that is there: the one before, if the id was used before.
 * @throws ProblemError 409 when the id belongs to a decision of another model.
 */
export async function logDecision<D extends DecisionRecord>(env: Env, decision: D): Promise<D> {
  const { id, model, at } = decision;
  const { decisions } = await partitionFor(env, id).append({
    receivedAt: at,
    decisions: [{ id, model, claimedAt: at, at, body: JSON.stringify(decision) }],
    feedback: [],
    unusable: [],
    keepRejected: false,
  });
  const outcome = decisions[0]!;
  if (outcome.status === "conflict") throw fieldProblem(409, "body.id", outcome.problem);
  return outcome.status === "duplicate" ? (JSON.parse(outcome.stored) as D) : decision;
}
