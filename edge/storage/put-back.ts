/**
 * Point-in-time recovery of one object. The platform keeps its SQLite so that it can be put back to any moment of the last 30 days, but only the object itself may ask for that:
 * https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#pitr-point-in-time-recovery-api. That it is older than the others then, they find out as with any copy.
 */

/** Where to: a moment, ms since the epoch, or a bookmark that the platform gave. */
export type Past = { at: number } | { bookmark: string };

/** `undo`: the bookmark of what it was until then. `refused`: why its storage cannot do it. */
export type PutBack = { undo: string } | { refused: string };

/** How long the answer has before the object ends, ms. */
const ANSWER_TIME = 100;

/** Puts an object back, and ends it: whoever calls it next meets what it was. */
export async function putBack(ctx: DurableObjectState, to: Past): Promise<PutBack> {
  const { storage } = ctx;
  try {
    const bookmark = "bookmark" in to ? to.bookmark : await storage.getBookmarkForTime(to.at);
    const undo = await storage.onNextSessionRestoreBookmark(bookmark);
    ctx.waitUntil(scheduler.wait(ANSWER_TIME).then(() => ctx.abort("it is put back to what it was")));
    return { undo };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}
