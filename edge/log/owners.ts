import { KNOWN_SESSIONS } from "./limits.ts";
import type { Log } from "./log.ts";
import type { PartitionCount } from "./messages.ts";
import { parentOf, partitionOf } from "./route.ts";

/** Asks a partition which of some sessions it or those before it have, as Partition.owners does. */
export type AskParent = (parent: string, sessions: string[], partitions: number) => Promise<(string | null)[]>;

/**
 * Which partition has a session, once the log was split (docs/adr/0015-splitting-partitions.md). Nothing moves: what belongs to a session goes where its first
 * record is, so that repeats, feedback and further draws find what they are of. Only a session of which no partition has anything begins where its id is at home.
 *
 * A partition knows of itself what its log has. Whether the one that it was split from has a session, it asks once, and that one begins none of these sessions any more
 * before it answers: so the answer stays true, and no session begins in two places.
 */
export class Owners {
  readonly #name: string;
  readonly #log: Log;
  readonly #count: () => PartitionCount;
  readonly #ask: AskParent;
  /** Which of the partitions before this one has a session; null: none. Who was asked for last is the last. */
  readonly #before = new Map<string, string | null>();

  /** @param count the numbers that the partition keeps. */
  constructor(name: string, log: Log, count: () => PartitionCount, ask: AskParent) {
    this.#name = name;
    this.#log = log;
    this.#count = count;
    this.#ask = ask;
  }

  /** Whether the log was ever split: if not, all that comes here belongs here. */
  get split(): boolean {
    const { begun, now } = this.#count();
    return now > begun;
  }

  /** The partition that this one was split from; null: none. */
  get parent(): string | null {
    return parentOf(this.#name, this.#count().begun);
  }

  /** The partition that a session belongs to; undefined while another has to be asked (`find`). */
  of(session: string): string | undefined {
    const before = this.#having(session);
    return before === null ? partitionOf(session, this.#count().now) : before;
  }

  /** Finds out whose sessions are that `of` does not know. @throws what asking throws. */
  async find(sessions: readonly string[]): Promise<void> {
    const unknown = sessions.filter((session) => this.of(session) === undefined);
    if (unknown.length === 0) return;
    const owners = await this.#ask(this.parent!, unknown, this.#count().now);
    for (const [i, session] of unknown.entries()) this.#before.set(session, owners[i]!);
    while (this.#before.size > KNOWN_SESSIONS) this.#before.delete(this.#before.keys().next().value!);
  }

  /**
   * Which of this partition and those before it has each of some sessions; null: none. Before that it must be kept that this one begins none of
   * them (raiseCount).
   */
  async having(sessions: readonly string[]): Promise<(string | null)[]> {
    for (;;) {
      await this.find(sessions);
      const owners = sessions.map((session) => this.#having(session));
      if (!owners.includes(undefined)) return owners as (string | null)[];
    }
  }

  /** What was found out of a session is out of date: a partition was restored from an older copy. */
  forget(sessions: Iterable<string>): void {
    for (const session of sessions) this.#before.delete(session);
  }

  #having(session: string): string | null | undefined {
    if (this.#log.hasSession(session)) return this.#name;
    return this.parent === null ? null : this.#before.get(session);
  }
}
