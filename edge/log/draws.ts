import { DRAW_GAPS, DRAW_GAPS_SHARE, DRAW_PATIENCE, KNOWN_SESSIONS } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Draw } from "./messages.ts";

/** What an issued session has drawn: how many of its numbers are in the log, and the highest; -1 when there is none. `waitsSince`: when numbers were missed first. */
type Drawn = { accepted: number; highest: number; waitsSince: number | null };

/**
 * Sees to it that sessions tell what they draw. What the n-th draw of a session chooses is fixed by its id, so whoever tells only of those that suit him
 * has tried out the others: too many of them may not be missing. All of this follows from the log; it is kept in memory for the sessions that were heard of
 * last, some 100 bytes each, and read again for others, from an index.
 */
export class Draws {
  readonly #log: Log;
  /** The session that was heard of last is the last. */
  readonly #sessions = new Map<string, Drawn>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Why a draw that is not in the log may not enter it; null: it may. */
  problem(draw: Draw): string | null {
    const { session, n, slot } = draw;
    if (slot > 0)
      return this.#log.modelOf(slotBefore(draw)) === null ? "fills a slot of which the one before is missing" : null;
    const { accepted, highest } = this.#of(session);
    const last = Math.max(highest, n);
    const missing = last - accepted;
    const allowed = DRAW_GAPS + Math.floor(last * DRAW_GAPS_SHARE);
    if (missing <= allowed) return null;
    return `is number ${n} of its session, of whose decisions up to number ${last} ${missing} would be missing: at most ${allowed} may`;
  }

  /** A draw has entered the log. */
  entered({ session, n, slot }: Draw): void {
    if (slot > 0) return;
    const drawn = this.#of(session);
    drawn.accepted++;
    drawn.highest = Math.max(drawn.highest, n);
    drawn.waitsSince = null;
  }

  /** Decisions of a session were told to come again. */
  waits(session: string, now: number): void {
    this.#of(session).waitsSince = now;
  }

  /**
   * Whether decisions of a session that are missing may still come: they may be on their way in another order, or have been told to come again, by this
   * partition or, while it could not be reached, in its name. It begins when they are missed first, and is over DRAW_PATIENCE later, unless something of the session enters.
   */
  isWaiting(session: string, now: number): boolean {
    const drawn = this.#of(session);
    drawn.waitsSince ??= now;
    return Math.abs(now - drawn.waitsSince) <= DRAW_PATIENCE;
  }

  /** What was noted last did not come to pass: all is read again. */
  forget(): void {
    this.#sessions.clear();
  }

  /** What was erased counts as if it were there. */
  #drawnIn(session: string): { accepted: number; highest: number } {
    const there = this.#log.drawnIn(session);
    const erased = this.#log.erased.drawnIn(session);
    return {
      accepted: there.accepted + erased.accepted,
      highest: Math.max(there.highest, erased.highest),
    };
  }

  #of(session: string): Drawn {
    const drawn = this.#sessions.get(session) ?? { ...this.#drawnIn(session), waitsSince: null };
    this.#sessions.delete(session);
    this.#sessions.set(session, drawn);
    if (this.#sessions.size > KNOWN_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!);
    return drawn;
  }
}

/** Id of the decision that fills the slot before a further one. */
export const slotBefore = ({ session, n, slot }: Draw): string =>
  slot === 1 ? `${session}.${n}` : `${session}.${n}.${slot - 1}`;

/** The places of decisions in the order in which to take them: as they came, but what one session drew by its numbers, in whatever order it was sent. */
export function inOrderOfDraws(decisions: readonly { draw?: Draw | undefined }[]): number[] {
  const order = [...decisions.keys()];
  const drawn = order.filter((place) => decisions[place]!.draw);
  for (const places of Map.groupBy(drawn, (place) => decisions[place]!.draw!.session).values()) {
    const sorted = places.toSorted((a, b) => {
      const [x, y] = [decisions[a]!.draw!, decisions[b]!.draw!];
      return x.n - y.n || x.slot - y.slot;
    });
    for (const [i, place] of places.entries()) order[place] = sorted[i]!;
  }
  return order;
}
