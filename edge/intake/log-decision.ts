import type { DecisionRecord } from "../../shared/contract/record.ts";
import type { Env } from "../env.ts";
import { MAX_RECORD_BYTES } from "../log/limits.ts";
import type { IncomingDecision } from "../log/messages.ts";
import { partitionFor } from "../log/partitions.ts";
import { isTooLong } from "../log/record-size.ts";
import { MAX_CALL_CHARACTERS } from "./limits.ts";
import { fieldProblem } from "./problem.ts";

/** An id for a decision whose caller gave none. It begins with the session, if there is one, to lie in its partition. */
export const newDecisionId = (session: string | undefined): string =>
  session === undefined ? crypto.randomUUID() : `${session}.${crypto.randomUUID()}`;

/**
 * Puts what one call decided into the log: all of it or, if the log cannot be reached or an error is thrown, nothing.
 * @param decisions of one partition.
 * @returns the decisions that are there: those from before, if their ids were used before.
 * @throws ProblemError 409 when an id belongs to a decision of another model or of another list, or the call had fewer places before; 413
 * when a record is too long, or there are too many places for so much of actions.
 */
export async function logDecisions<D extends DecisionRecord>(env: Env, decisions: readonly D[]): Promise<D[]> {
  const { id, at } = decisions[0]!;
  const outcomes = await partitionFor(env, id).appendCall(incoming(decisions), at);
  for (const outcome of outcomes)
    if (outcome.status === "conflict") throw fieldProblem(409, "body.id", outcome.problem);
  const logged = outcomes.map((outcome, i) => {
    if (outcome.status === "left out")
      throw fieldProblem(409, "body.slots", "must be no more than when this id was decided first");
    return outcome.status === "duplicate" ? (JSON.parse(outcome.stored) as D) : decisions[i]!;
  });
  const chosen = logged.flatMap((d) => (d.task === "rank" ? [d.actions[d.chosen]!.id] : []));
  if (new Set(chosen).size < chosen.length)
    throw fieldProblem(409, "body.id", "belongs to decisions that were not made as one list");
  return logged;
}

function incoming(decisions: readonly DecisionRecord[]): IncomingDecision[] {
  let characters = 0;
  return decisions.map((decision) => {
    const { id, model, at, deferred } = decision;
    const body = JSON.stringify(decision);
    characters += body.length;
    // Each place is logged with the actions that it was chosen from.
    if (decisions.length > 1 && characters > MAX_CALL_CHARACTERS)
      throw fieldProblem(413, "body.slots", "must be fewer, or the actions: together their records are too long");
    if (isTooLong(body))
      throw fieldProblem(413, "body", `makes a record of more than the ${MAX_RECORD_BYTES} bytes that one may have`);
    return { id, model, claimedAt: at, at, deferred, body };
  });
}
