import type { DecisionRecord } from "../../shared/contract/record.ts";
import { slotId } from "../../shared/decide/slot-id.ts";
import type { Env } from "../env.ts";
import { MAX_RECORD_BYTES } from "../log/limits.ts";
import type { IncomingDecision } from "../log/messages.ts";
import { isTooLong } from "../log/record-size.ts";
import type { Carrier } from "../observe/span.ts";
import { MAX_CALL_CHARACTERS } from "./limits.ts";
import { appendFor, askPartitionOf } from "./partition-calls.ts";
import { fieldProblem, type ProblemError } from "./problem.ts";
import { areSameSlots, isSameCall, isSameList } from "./same-call.ts";
import { drawOf } from "./session-id.ts";

/**
 * Puts what one call decided into the log: all of it or, if the log cannot be reached or an error is thrown, nothing.
 * @param decisions of one partition: one alone, or one for each slot of a list, the first slot first.
 * @param call whether it gave slots, be it only one, and whether its id says how manieth decision of an issued session it is.
 * @returns the decisions that are there: those from before, if the call is a repeat.
 * @throws ProblemError 409 when an id belongs to another call's decision, or the call had other slots before; 413 when a record is too long, or
 * there are too many places for so much of actions; 422 when too many decisions of its session are missing; 503 or 507 when the log cannot take them.
 */
export async function logDecisions<D extends DecisionRecord>(
  env: Env,
  decisions: readonly D[],
  { withSlots, drawn, trace }: { withSlots: boolean; drawn: boolean; trace: Carrier | null },
): Promise<D[]> {
  const { id } = decisions[0]!;
  const records = incoming(decisions, drawn);
  const outcomes = await appendFor(env, id, trace, (partition, along) =>
    partition.appendCall(along ? records.map((record) => ({ ...record, trace: along })) : records),
  );
  const known = outcomes.map((outcome) => (outcome.status === "duplicate" ? (JSON.parse(outcome.stored) as D) : null));
  const [first] = known;
  if (first && !isSameCall(first, decisions[0]!)) throw anotherCall();
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === "conflict") throw anotherCall();
    if (outcome.status === "erased") throw fieldProblem(409, "body.unit", "is being erased at this moment");
    if (outcome.status === "out of turn" || outcome.status === "later")
      throw fieldProblem(422, "body.id", outcome.problem);
    if (outcome.status === "too long") throw new Error("the log finds a record too long that was measured here");
    const further = i > 0 ? known[i] : null;
    if (further && !(first && isSameList(first, further))) throw anotherCall();
  }
  if (outcomes.some(({ status }) => status === "left out")) throw otherSlots();
  if (!first) return [...decisions];
  const list = known as D[];
  if (withSlots && !areSameSlots(list, decisions)) throw otherSlots();
  const next = await askPartitionOf(env, id, (partition) => partition.decision(slotId(id, decisions.length)));
  if (next !== null && isSameList(first, JSON.parse(next) as D)) throw otherSlots();
  return list;
}

/** It says the same of all that may differ: nobody can find out by it for whom, or among what, a decision of another was made. */
const anotherCall = (): ProblemError =>
  fieldProblem(
    409,
    "body.id",
    "belongs to another call's decision: a repeat must be of the same model, unit, session and actions",
  );
const otherSlots = (): ProblemError =>
  fieldProblem(409, "body.slots", "must be those with which this id was decided first");

function incoming(decisions: readonly DecisionRecord[], drawn: boolean): IncomingDecision[] {
  let characters = 0;
  return decisions.map((decision) => {
    const { id, model, unit, at, deferred } = decision;
    const body = JSON.stringify(decision);
    characters += body.length;
    // Each place is logged with the actions that it was chosen from.
    if (decisions.length > 1 && characters > MAX_CALL_CHARACTERS)
      throw fieldProblem(413, "body.slots", "must be fewer, or the actions: together their records are too long");
    if (isTooLong(body))
      throw fieldProblem(413, "body", `makes a record of more than the ${MAX_RECORD_BYTES} bytes that one may have`);
    const draw = drawn ? drawOf(id)! : undefined;
    return { id, draw, model, unit, claimedAt: at, at, deferred, body };
  });
}
