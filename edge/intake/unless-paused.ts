import { errorFields, writeOutput } from "../observe/output.ts";
import { FAILED_REFRESH_PAUSE } from "./limits.ts";

/** Until when something is left alone, because it failed the last time. */
const pauses = new Map<string, number>();

/**
 * Does what may fail, and for a while after it did, does not.
 * @param what it is called, in structured output too.
 * @returns null when it failed, or was not done.
 */
export async function unlessPaused<T>(what: string, task: () => Promise<T>): Promise<T | null> {
  const now = Date.now();
  const until = pauses.get(what) ?? 0;
  // A pause that is longer than any is of a clock that was set back since.
  if (now < until && until <= now + FAILED_REFRESH_PAUSE) return null;
  try {
    const result = await task();
    pauses.delete(what);
    return result;
  } catch (error) {
    pauses.set(what, Date.now() + FAILED_REFRESH_PAUSE);
    writeOutput("warn", `${what} could not be loaded, or is no newer than it was`, errorFields(error));
    return null;
  }
}
