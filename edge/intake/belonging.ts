import { CALL, sessionOf, takenFrom } from "../../shared/contract/issued-session.ts";
import type { DecisionRecord } from "../../shared/contract/record.ts";
import { isFallback, isFallbackId } from "../../shared/decide/fallback.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { type Caller, isTrusted } from "./caller.ts";
import type { FieldError } from "./problem.ts";
import { fieldProblem } from "./problem.ts";
import { drawOf } from "./session-id.ts";
import { issuedOf, issueSessions } from "./session-secrets.ts";
import { type Item, isUsable, type Lists, unusable } from "./sort.ts";

/**
 * Whose is what comes in. The ids of a session that the edge issued are known to that session alone, so whoever may be a stranger (`trusted` is false:
 * everybody has a publishable key) can speak of those only. Others are taken at their word, and name their decisions as they like.
 */

const NOT_ISSUED = "is of a session that this edge has not issued, or too long ago";
const NO_DRAW = "must be <session>.<n> or, of a further slot, <session>.<n>.<slot>, in a session that the edge issued";
const FALLBACK_DRAWS =
  "is of a decision that no version made, which is no draw of its session: it must be <session>.f<hexadecimal digits>";
const OF_A_CALL = "is of a session that was made for one call with a secret key, which decides no more";
const OTHER_SESSION = "must be what stands before the first dot of the id";

/**
 * The items of a batch, of which those that may not be the sender's have become unusable, and decisions in issued sessions know how manieth they are.
 * @param lists what they were made from.
 */
export async function ownItems(
  env: Env,
  background: Background,
  items: readonly Item[],
  lists: Lists,
  caller: Caller,
): Promise<Item[]> {
  const trusted = isTrusted(caller);
  const named = items.filter(isUsable);
  const issued = await issuedOf(
    env,
    background,
    named.map(({ id }) => sessionOf(id)),
  );
  return items.map((item) => {
    if (!isUsable(item)) return item;
    const isIssued = issued.has(sessionOf(item.id));
    const problem = "claim" in item ? claimProblem(item.claim, isIssued, trusted) : idProblem(isIssued, trusted);
    const { list, index, id } = item;
    if (problem) return unusable(list, index, lists[list][index], [problem]);
    return "claim" in item && isIssued && !isFallback(item.claim)
      ? { ...item, decision: { ...item.decision, draw: drawOf(id)! } }
      : item;
  });
}

/**
 * The id of a decision that the edge is asked for: the caller's own or, if it has none, one that the edge makes. In whichever case it begins with the
 * session, to lie in its partition; without a session, with one that is made for it: so that even strangers may give feedback for it, who were told it.
 * @returns the id, and whether it is the caller's own of an issued session: then it says how manieth it is there.
 * @throws ProblemError 403 when it may not be the caller's; 422 when it names no draw of an issued session.
 */
export async function decisionIdOf(
  env: Env,
  background: Background,
  { id, session }: { id?: string | undefined; session?: string | undefined },
  caller: Caller,
): Promise<{ id: string; drawn: boolean }> {
  const trusted = isTrusted(caller);
  if (id === undefined && session === undefined)
    return {
      id: `${(await issueSessions(env, background, 1, trusted ? CALL : { network: caller.network }))[0]}.0`,
      drawn: false,
    };
  const own = id === undefined ? session! : sessionOf(id);
  const isIssued = (await issuedOf(env, background, [own])).has(own);
  if (!isIssued && !trusted) throw fieldProblem(403, id === undefined ? "body.session" : "body.id", NOT_ISSUED);
  if (!trusted && isOfCall(own)) throw fieldProblem(403, id === undefined ? "body.session" : "body.id", OF_A_CALL);
  if (id === undefined) return { id: `${session}.${crypto.randomUUID()}`, drawn: false };
  const problem = decisionProblem({ id, session }, isIssued, trusted);
  if (problem) throw fieldProblem(422, `body.${problem.field}`, problem.message);
  return { id, drawn: isIssued };
}

/** Refuses feedback and activations that may not be the caller's to give. @throws ProblemError 403 */
export async function requireOwn(env: Env, background: Background, id: string, caller: Caller): Promise<void> {
  if (isTrusted(caller)) return;
  const session = sessionOf(id);
  const isIssued = (await issuedOf(env, background, [session])).has(session);
  const problem = idProblem(isIssued, false);
  if (problem) throw fieldProblem(403, `path.${problem.field}`, problem.message);
}

type Named = { id: string; session?: string | undefined };

/** Were a fallback a draw, whoever does not like one could send that in its place. */
function claimProblem(claim: DecisionRecord, isIssued: boolean, trusted: boolean): FieldError | null {
  if (!isIssued || !isFallback(claim)) return decisionProblem(claim, isIssued, trusted);
  if (!isFallbackId(claim.id)) return { field: "id", message: FALLBACK_DRAWS };
  return decisionProblem({ ...claim, id: `${sessionOf(claim.id)}.0` }, isIssued, trusted);
}

function decisionProblem({ id, session }: Named, isIssued: boolean, trusted: boolean): FieldError | null {
  if (!isIssued) return idProblem(isIssued, trusted);
  if (!trusted && isOfCall(sessionOf(id))) return { field: "id", message: OF_A_CALL };
  if (!drawOf(id)) return { field: "id", message: NO_DRAW };
  if (session !== undefined && session !== sessionOf(id)) return { field: "session", message: OTHER_SESSION };
  return null;
}

/** Of an issued session: whether what is decided in it is not counted with what strangers decide (shared/versions/contributions.ts). They may feed back to it. Midnight may have been since it was taken. */
const isOfCall = (session: string): boolean => takenFrom(session, Date.now()) === CALL;

const idProblem = (isIssued: boolean, trusted: boolean): FieldError | null =>
  isIssued || trusted ? null : { field: "id", message: NOT_ISSUED };
