import { sessionOf } from "../../shared/contract/issued-session.ts";
import { divide, later, together } from "./divide.ts";
import { slotBefore } from "./draws.ts";
import { SEGMENTS_OF_A_BATCH, SEGMENTS_RETRY } from "./limits.ts";
import type { Append, Appended } from "./messages.ts";

/** Somebody asks for rows in more segments of the archive than may be read for one call. */
export class BeyondReach extends Error {
  /** The ids whose rows are not all in the first segments. */
  readonly ids: ReadonlySet<string>;

  constructor(ids: ReadonlySet<string>) {
    super(`the rows of ${ids.size} ids are in too many segments of the archive`);
    this.ids = ids;
  }
}

/**
 * Appends a batch of which some is for decisions in more segments than may be read for one call: without that, which is to come again.
 * @param append what appends, as far as it can reach. @throws what it throws, but for BeyondReach.
 */
export async function appendWithinReach(
  batch: Append,
  append: (batch: Append) => Promise<Appended>,
): Promise<Appended> {
  try {
    return await append(batch);
  } catch (error) {
    if (!(error instanceof BeyondReach)) throw error;
    const beyond = new Set(error.ids);
    for (const { id, draw } of batch.decisions)
      if (draw && draw.slot > 0 && beyond.has(slotBefore(draw))) beyond.add(id);
    const [near, far] = divide(batch, "near", (id) => (beyond.has(id) ? "far" : "near"));
    if (!near || !far) throw error;
    // What the session decided after those may come before them.
    const waiting = [...new Set([...near.batch.waiting, ...far.batch.decisions.map(({ id }) => sessionOf(id))])];
    const appended = await appendWithinReach({ ...near.batch, waiting }, append);
    return together([
      { ...near, appended },
      { ...far, appended: later(far.batch, BEYOND, SEGMENTS_RETRY) },
    ]);
  }
}

const BEYOND = `is for a decision in another part of the archive than most of the batch, of which at most ${SEGMENTS_OF_A_BATCH} are read for one`;
