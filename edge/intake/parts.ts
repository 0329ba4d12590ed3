import { waitUntil } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { REFUSED } from "../observe/families.ts";
import { counts } from "../observe/isolate-reports.ts";
import { isOutage, isOverload, isStorageFull } from "../observe/outage.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { age } from "../storage/clock.ts";
import { readStateDisk, type StateDisk } from "../storage/state-disk.ts";
import { within } from "../storage/within.ts";
import {
  DISK_LOOK_INTERVAL,
  DISK_LOOK_WAIT,
  FAILED_DISK_LOOK_INTERVAL,
  MAX_ASKS,
  STALE_ANSWER,
  TROUBLE_MEMORY,
} from "./limits.ts";
import { UnavailableError } from "./problem.ts";

/**
 * What this isolate knows of the parts of the edge, such as `partition 2`: what each said last when it was asked how it is, and what went wrong
 * when it was to do something. It survives the objects that it tells of.
 */

/** Times are ms since the epoch. */
type Known = {
  said: { value: unknown; at: number } | null;
  trouble: { problem: string; at: number } | null;
  /** When it was last said that it had too much to do. */
  fullAt: number;
  /** Questions that are under way, by when they were asked. The runtime may end one with its request, without a word: it counts no more after a while. */
  asks: Set<{ at: number }>;
};
const parts = new Map<string, Known>();

/** What a part says. `value`: null when it has said nothing lately; `problem`: null when nothing is wrong with it. */
export type Heard<T> = { part: string; value: T | null; problem: string | null };

/**
 * Asks a part how it is. One that does not answer in time is judged by what it said a moment ago. Never throws.
 * @param patience ms to wait for an answer; `known`: where the part has said something a moment ago.
 */
export async function hear<T>(
  env: Env,
  part: string,
  ask: () => Promise<T>,
  patience: { known: number; unknown: number },
): Promise<Heard<T>> {
  const known = knownOf(part);
  const isFresh = () => known.said !== null && age(known.said.at) < STALE_ANSWER;
  const wait = isFresh() ? patience.known : patience.unknown;
  const answer = asksOf(known).size < MAX_ASKS ? await within(wait, asked(env, known, ask)) : undefined;
  const trouble = known.trouble && age(known.trouble.at) < TROUBLE_MEMORY ? known.trouble.problem : null;
  if (answer) return { part, value: answer.value, problem: answer.problem ?? trouble };
  if (isFresh()) return { part, value: known.said!.value as T, problem: trouble };
  return { part, value: null, problem: trouble ?? `does not answer within ${wait / 1000} s` };
}

type Answer<T> = { value: T | null; problem: string | null };

/** The answer is of use also when whoever asked has not waited for it. */
function asked<T>(env: Env, known: Known, ask: () => Promise<T>): Promise<Answer<T>> {
  const answer = answerTo(env, known, ask);
  waitUntil(answer);
  return answer;
}

function asksOf({ asks }: Known): Known["asks"] {
  const now = Date.now();
  for (const one of asks) if (Math.abs(now - one.at) > STALE_ANSWER) asks.delete(one);
  return asks;
}

async function answerTo<T>(env: Env, known: Known, ask: () => Promise<T>): Promise<Answer<T>> {
  const one = { at: Date.now() };
  known.asks.add(one);
  try {
    const value = await ask();
    known.said = { value, at: Date.now() };
    return { value, problem: null };
  } catch (error) {
    known.said = null;
    // What is for callers does not say why.
    if (error instanceof UnavailableError && known.trouble) return { value: null, problem: known.trouble.problem };
    return { value: null, problem: (await reason(env, error)).problem };
  } finally {
    known.asks.delete(one);
  }
}

/**
 * What a part does, and whether it could.
 * @param failing which errors are an outage of it; others are faults of what it was asked.
 * @throws UnavailableError when there is an outage; else what the part throws.
 */
export async function working<T>(
  env: Env,
  part: string,
  work: () => Promise<T> | T,
  failing: { isOutage(error: unknown): boolean } = { isOutage },
): Promise<T> {
  const known = knownOf(part);
  try {
    const done = await work();
    if (known.trouble) writeOutput("info", "a part of the edge works again", { part });
    known.trouble = null;
    return done;
  } catch (error) {
    if (!failing.isOutage(error)) throw error;
    if (isOverload(error)) throw full(part, known, error);
    const { status, problem } = await reason(env, error);
    // Said when it begins, and once in a while: there may be thousands of calls.
    if (!known.trouble || age(known.trouble.at) > TROUBLE_MEMORY)
      writeOutput("error", "a part of the edge fails", { part, problem, ...errorFields(error) });
    known.trouble = { problem, at: Date.now() };
    throw new UnavailableError(status, part, status === 507 ? "has no room left" : "does not answer at the moment");
  }
}

/** A part that has too much to do is in order: it goes on with what it has let in, and nothing of it is to be mended. */
function full(part: string, known: Known, error: unknown): UnavailableError {
  counts.add(REFUSED, ["part"]);
  if (age(known.fullAt) > TROUBLE_MEMORY) {
    known.fullAt = Date.now();
    writeOutput("warn", "a part of the edge has too much to do, and calls are sent away", {
      part,
      ...errorFields(error),
    });
  }
  return new UnavailableError(503, part, "has too much to do");
}

/** The outage that an error is, as a problem of a part that is not known; any other error as it is. */
export async function outageOf(env: Env, error: Error): Promise<Error> {
  if (!isOutage(error)) return error;
  const { status } = await reason(env, error);
  const trouble = status === 507 ? "has no room left" : "does not answer at the moment";
  return new UnavailableError(status, "a part of the edge", trouble);
}

/** What a failure comes from. workerd does not say why a commit failed, but the disk can be looked at. */
async function reason(env: Env, error: unknown): Promise<{ status: 503 | 507; problem: string }> {
  const said = error instanceof Error ? error.message : String(error);
  if (isStorageFull(error)) {
    // Whoever asks for the disk next is to hear of it, too, and not of what it was a moment ago.
    looked = null;
    knownOf(DISK).said = null;
    return { status: 507, problem: `has no room left (${said})` };
  }
  // Anew: it may just have become full.
  const disk = await stateDisk(env, FAILED_DISK_LOOK_INTERVAL);
  if (disk?.problem) return { status: 507, problem: `cannot be written: the disk ${disk.problem} (${said})` };
  return { status: 503, problem: said };
}

/** The part that the disk is. */
export const DISK = "disk";

let looked: { disk: Promise<StateDisk | null>; at: number } | null = null;

/** The disk as it was a moment ago, at most `interval` ms; null where there is none, or it cannot be looked at. */
export async function stateDisk(env: Env, interval = DISK_LOOK_INTERVAL): Promise<StateDisk | null> {
  if (!looked || Math.abs(Date.now() - looked.at) > interval) {
    looked = { disk: readStateDisk(env).catch(() => null), at: Date.now() };
    waitUntil(looked.disk);
  }
  // Another request's look may have ended with that.
  return (await within(DISK_LOOK_WAIT, looked.disk)) ?? null;
}

function knownOf(part: string): Known {
  const known = parts.get(part);
  if (known) return known;
  const fresh: Known = { said: null, trouble: null, fullAt: 0, asks: new Set() };
  parts.set(part, fresh);
  return fresh;
}
