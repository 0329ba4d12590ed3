import { sessionOf } from "../../shared/contract/issued-session.ts";
import { divide, later, together } from "./divide.ts";
import { slotBefore } from "./draws.ts";
import { activationRecord, feedbackRecord } from "./letter-body.ts";
import { ARCHIVE_AWAY_RETRY, SEGMENTS_OF_A_BATCH, SEGMENTS_RETRY } from "./limits.ts";
import { lostFileOf } from "./lost-files.ts";
import type { Append, Appended, Unusable } from "./messages.ts";

/** Somebody asks for rows in more segments of the archive than may be read for one call. */
export class BeyondReach extends Error {
  /** The ids whose rows are not all in the first segments. */
  readonly ids: ReadonlySet<string>;

  constructor(ids: ReadonlySet<string>) {
    super(`the rows of ${ids.size} ids are in too many segments of the archive`);
    this.ids = ids;
  }
}

/** The rows of some ids are in a file of the archive that cannot be read. */
export class Unreadable extends Error {
  /** Private, as errors go to other objects with what can be seen of them. */
  readonly #ids: ReadonlySet<string>;

  /** @param cause why not. */
  constructor(ids: ReadonlySet<string>, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.#ids = ids;
  }

  get ids(): ReadonlySet<string> {
    return this.#ids;
  }
}

/**
 * Appends a batch of which some is for decisions in more segments than may be read for one call, or in files that cannot be read: without that. What a segment is too far for comes again, and so does
 * what the store does not give at the moment; what is for a lost file would come for ever, and becomes a dead letter.
 * @param append what appends, as far as it can reach. @throws what it throws, but for BeyondReach; Unreadable only when nothing of the batch can be taken at the moment.
 */
export async function appendWithinReach(
  batch: Append,
  append: (batch: Append) => Promise<Appended>,
): Promise<Appended> {
  try {
    return await append(batch);
  } catch (error) {
    if (!(error instanceof BeyondReach || error instanceof Unreadable)) throw error;
    const beyond = new Set(error.ids);
    for (const { id, draw } of batch.decisions)
      if (draw && draw.slot > 0 && beyond.has(slotBefore(draw))) beyond.add(id);
    const [near, far] = divide(batch, "near", (id) => (beyond.has(id) ? "far" : "near"));
    if (!near || !far) throw error;
    const lost = error instanceof Unreadable ? lostFileOf(error) : null;
    if (lost) {
      const problem = `is for a decision in ${lost.key}, a file of the archive that ${lost.problem}`;
      const letters = batch.keepRejected ? lettersOf(far.batch, problem) : [];
      const appended = await appendWithinReach(
        { ...near.batch, unusable: [...near.batch.unusable, ...letters] },
        append,
      );
      return together([
        { ...near, appended },
        { ...far, appended: withoutFile(far.batch, problem) },
      ]);
    }
    if (error instanceof Unreadable && isNothing(near.batch)) throw error;
    const [problem, retryAfter] = error instanceof Unreadable ? [AWAY, ARCHIVE_AWAY_RETRY] : [BEYOND, SEGMENTS_RETRY];
    // What the session decided after those may come before them.
    const waiting = [...new Set([...near.batch.waiting, ...far.batch.decisions.map(({ id }) => sessionOf(id))])];
    const appended = await appendWithinReach({ ...near.batch, waiting }, append);
    return together([
      { ...near, appended },
      { ...far, appended: later(far.batch, problem, retryAfter) },
    ]);
  }
}

const isNothing = ({ decisions, feedback, activations }: Append): boolean =>
  decisions.length + feedback.length + activations.length === 0;

/** Outcomes of items whose decisions nobody can look up. */
function withoutFile(batch: Append, problem: string): Appended {
  const all = (items: readonly unknown[]) => items.map(() => ({ status: "lost", problem }) as const);
  return { decisions: all(batch.decisions), feedback: all(batch.feedback), activations: all(batch.activations) };
}

const lettersOf = ({ decisions, feedback, activations }: Append, reason: string): Unusable[] => [
  ...decisions.map(({ id, body }) => ({ list: "decisions" as const, id, reason, body })),
  ...feedback.map((one) => ({ list: "feedback" as const, id: one.id, reason, body: feedbackRecord(one) })),
  ...activations.map((one) => ({ list: "activations" as const, id: one.id, reason, body: activationRecord(one) })),
];

const AWAY = "is for a decision in the archive, which cannot be read at the moment";
const BEYOND = `is for a decision in another part of the archive than most of the batch, of which at most ${SEGMENTS_OF_A_BATCH} are read for one`;
