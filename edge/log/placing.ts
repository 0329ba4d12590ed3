import { sessionOf } from "../../shared/contract/issued-session.ts";
import { isOutage } from "../observe/outage.ts";
import { passedOn } from "../storage/passed-on.ts";
import { divide, later, type Part, sessionsIn, together } from "./divide.ts";
import { SPLIT_RETRY } from "./limits.ts";
import {
  type Append,
  type Appended,
  AWAY,
  type CallOutcome,
  type IncomingDecision,
  MOVED,
  type PartitionCalls,
} from "./messages.ts";
import type { Owners } from "./owners.ts";

/** What a partition does with what belongs here, in the turn in which it is called. */
export type Here = {
  append(batch: Append): Appended;
  appendCall(decisions: IncomingDecision[]): CallOutcome[];
  decision(id: string): string | null;
};

type Peer = Pick<PartitionCalls, "append" | "appendCall" | "decision">;

/**
 * Sees to it that what comes is done where it belongs, once the log was split: here or, of sessions that another partition has or begins, there. While the
 * one cannot be reached that may have a session, what is for this session comes again, and nothing else.
 */
export class Placing {
  readonly #name: string;
  readonly #owners: Owners;
  readonly #here: Here;
  readonly #peer: (name: string) => Peer;

  constructor(name: string, owners: Owners, here: Here, peer: (name: string) => Peer) {
    this.#name = name;
    this.#owners = owners;
    this.#here = here;
    this.#peer = peer;
  }

  /** @param from the partition that sends it, which has nothing of it: it must not go back. */
  async append(batch: Append, from?: string): Promise<Appended> {
    if (!this.#owners.split) return this.#here.append(batch);
    return this.#placed(sessionsIn(batch), from, (ownerOf, away) => {
      const parts = divide(batch, this.#name, (id) => ownerOf(sessionOf(id)));
      const own = parts.find(({ owner }) => owner === this.#name)!;
      // In this turn: a moment later another partition may have been told that none of this is here.
      const answers = [Promise.resolve({ ...own, appended: isEmpty(own.batch) ? null : this.#here.append(own.batch) })];
      for (const part of parts) if (part !== own) answers.push(this.#sent(part, away));
      return Promise.all(answers).then(outcomes);
    });
  }

  async appendCall(decisions: IncomingDecision[], from?: string): Promise<CallOutcome[]> {
    return this.#ofSession(
      sessionOf(decisions[0]!.id),
      from,
      () => this.#here.appendCall(decisions),
      (peer) => peer.appendCall(decisions, this.#name),
    );
  }

  async decision(id: string, from?: string): Promise<string | null> {
    return this.#ofSession(
      sessionOf(id),
      from,
      () => this.#here.decision(id),
      (peer) => peer.decision(id, this.#name),
    );
  }

  /** Does what is of one session where that is: here, or there. */
  async #ofSession<T>(
    session: string,
    from: string | undefined,
    here: () => T,
    there: (peer: Peer) => Promise<T>,
  ): Promise<T> {
    if (!this.#owners.split) return here();
    return this.#placed([session], from, (ownerOf, away) => {
      const owner = ownerOf(session);
      if (owner === null) throw away;
      return owner === this.#name ? here() : this.#asked(owner, [session], there);
    });
  }

  /**
   * Acts once it is known whose each session is, in the turn in which it is.
   * @param act gets the name of each session's owner, null where that cannot be found out at the moment, for the reason `away`.
   */
  async #placed<T>(
    sessions: readonly string[],
    from: string | undefined,
    act: (ownerOf: (session: string) => string | null, away: Error | null) => T | Promise<T>,
  ): Promise<T> {
    let away: Error | null = null;
    for (;;) {
      const owners = new Map(sessions.map((session) => [session, this.#owners.of(session)]));
      if (away !== null || [...owners.values()].every((owner) => owner !== undefined)) {
        if (from !== undefined && [...owners.values()].includes(from))
          throw new Error(`${MOVED}: partition ${from} sent partition ${this.#name} what may be its own`);
        return act((session) => owners.get(session) ?? null, away);
      }
      try {
        await this.#owners.find(sessions);
      } catch (error) {
        if (!isOutage(error)) throw error;
        away = awayError(this.#owners.parent!, error);
      }
    }
  }

  async #sent(part: Part<string | null>, away: Error | null): Promise<Answered> {
    const { owner, batch } = part;
    try {
      if (owner === null) throw away;
      const sent = (peer: Peer) => peer.append(batch, this.#name);
      return { ...part, appended: await this.#asked(owner, sessionsIn(batch), sent) };
    } catch (error) {
      if (!isOutage(error)) throw error;
      return { ...part, appended: null, error: error as Error };
    }
  }

  async #asked<T>(owner: string, sessions: readonly string[], call: (peer: Peer) => Promise<T>): Promise<T> {
    try {
      return passedOn(await call(this.#peer(owner)));
    } catch (error) {
      const moved = error instanceof Error && error.message.includes(MOVED);
      // It is found out anew when it comes again.
      if (moved) this.#owners.forget(sessions);
      throw moved || isOutage(error) ? awayError(owner, error) : error;
    }
  }
}

/** A part and what became of it; null: nothing yet, for the reason `error`, if there is anything in it. */
type Answered = Part<string | null> & { appended: Appended | null; error?: Error };

/** @throws Error the reason why nothing of it was taken, when nothing was. */
function outcomes(parts: Answered[]): Appended {
  const failed = parts.filter(({ error }) => error !== undefined);
  if (failed.length > 0 && parts.every(({ batch, appended }) => appended === null || isEmpty(batch)))
    throw failed[0]!.error;
  return together(
    parts.map(({ batch, places, appended, error }) => ({
      places,
      appended: appended ?? later(batch, error?.message ?? "", SPLIT_RETRY),
    })),
  );
}

const isEmpty = ({ decisions, feedback, activations, unusable, waiting }: Append): boolean =>
  [decisions, feedback, activations, unusable, waiting].every(({ length }) => length === 0);

const awayError = (partition: string, error: unknown): Error =>
  new Error(`partition ${partition} ${AWAY}: ${error instanceof Error ? error.message : String(error)}`);
