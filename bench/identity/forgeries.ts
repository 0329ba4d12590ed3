import type { FixtureRandom } from "../../conformance/random.ts";
import type { DecisionRecord } from "../../shared/contract/record.ts";
import { WANTED } from "../shop/world.ts";

/** What a forger has, who has the key that stands in the pages. */
export type Workshop = {
  random: FixtureRandom;
  /** A decision under an id as the newest snapshot's policy draws it: all in it agrees with its id. */
  decide(id: string): DecisionRecord;
  /** A session of his own, in which nothing was decided yet. */
  ownSession(): string;
  /** What another's page decided, whose id he was told; it is in the log. */
  told(): DecisionRecord;
  /** The id of a decision that a server asked for. */
  orderId(): string;
  /** A session that the edge made for a server's call. */
  callSession(): string;
  /** A number that nothing else has. */
  next(): number;
};

/** Up to here a session need not tell of its draws: 16 and a quarter of the number may be missing (edge/log, docs/security.md). */
const FREE = 22;
/** Sent with a key that is good for another model only. */
export const OTHER_KEY = "with the key of another model, in a session of his own";

/** Decisions under ids that are not the forger's to give. Each is what the policy would have drawn for its id, so that nothing but the id is false. */
export const forgeries: Record<string, (workshop: Workshop) => object> = {
  "a session that nobody issued": ({ random, decide }) => decide(`${randomSession(random)}.0`),
  "an issued session, one character changed": ({ random, decide, ownSession }) => {
    const session = ownSession();
    const at = random.whole(session.length);
    return decide(`${session.slice(0, at)}${session[at] === "A" ? "B" : "A"}${session.slice(at + 1)}.0`);
  },
  "one session with another's signature": ({ decide, ownSession }) => {
    const [one, other] = [ownSession(), ownSession()].map((text) => Buffer.from(text, "base64url"));
    return decide(`${Buffer.concat([one!.subarray(0, 14), other!.subarray(14)]).toString("base64url")}.0`);
  },
  "an id as a page makes it that has no session": ({ random, decide }) =>
    decide(
      `local-${random
        .whole(2 ** 31)
        .toString(16)
        .padStart(32, "0")}.0`,
    ),
  "the id of a server, before it decides": ({ decide, next }) => decide(`order-later-${next()}`),
  "the id of a server, after it decided": ({ decide, orderId }) => decide(orderId()),
  "the session of a server's call": ({ decide, callSession }) => decide(`${callSession()}.1`),
  "another's id, for another unit": ({ decide, told }) => ({ ...decide(told().id), unit: "somebody else" }),
  "another's id, with other actions": ({ told }) => {
    const theirs = told();
    return { ...theirs, ...(theirs.task === "rank" && { actions: theirs.actions.toReversed() }) };
  },
  "a replay of what another decided": ({ told }) => told(),
  "a number far ahead, that suits": ({ decide, ownSession }) => {
    const session = ownSession();
    for (let n = FREE; ; n++) {
      const decision = decide(`${session}.${n}`);
      if (decision.task === "rank" && decision.chosen === WANTED) return decision;
    }
  },
  "a further slot, without the first": ({ decide, ownSession }) => decide(`${ownSession()}.0.1`),
  [OTHER_KEY]: ({ decide, ownSession }) => decide(`${ownSession()}.0`),
};

function randomSession(random: FixtureRandom): string {
  return Buffer.from(Array.from({ length: 30 }, () => random.whole(256))).toString("base64url");
}
