import { createMiddleware } from "hono/factory";
import { MAX_BODY_BYTES } from "../../../shared/contract/limits.ts";
import { ProblemError, spread } from "../../intake/problem.ts";
import { REFUSED } from "../../observe/families.ts";
import { counts } from "../../observe/isolate-reports.ts";
import { writeOutput } from "../../observe/output.ts";
import { noteWaiting } from "../../observe/pressure.ts";
import { Admission } from "../../storage/admission.ts";
import type { AppEnv } from "../app-env.ts";
import { ARRIVING, FULL_LINE_INTERVAL, FULL_RETRY, LINE, WORKING } from "../limits.ts";
import { Line, type Turn } from "../line.ts";

/** Bodies that are on their way, and calls that are worked on: a sender that is slow takes no room from those whose call is there. */
const arriving = new Admission(ARRIVING);
const working = new Admission(WORKING);

const line = new Line(
  LINE,
  () => Date.now(),
  (ms) => scheduler.wait(ms),
);

/** What this isolate has in progress. */
export const inProgress = () => ({ arriving: arriving.inside, working: working.inside });

/** Whether this isolate is full: what takes long now does so because of it. */
export const isFull = (): boolean => working.isFull(Date.now()) || arriving.isFull(Date.now()) || line.isLate;

/**
 * Admission before work: of calls under /v1 only so many are in progress at once, of only so many bytes. Others are answered 503 at once. How the edge is
 * (/health, /metrics) and static files are asked for beside it.
 */
export const admit = createMiddleware<AppEnv>(async (c, next) => {
  if (!c.req.path.startsWith("/v1/")) return next();
  if (isFull()) throw full();
  const { body } = c.req.raw;
  const announced = Number(c.req.header("content-length") ?? MAX_BODY_BYTES);
  // What is longer is refused, or streams through.
  const bytes = body ? Math.min(announced, MAX_BODY_BYTES) || 0 : 0;
  const ways = [(body ? arriving : working).enter(bytes, Date.now())];
  let turn: Turn | null = null;
  const workOn = async () => {
    if (line.waiting > 0) noteWaiting(Date.now());
    turn = await line.enter();
    if (!turn) throw full();
  };
  c.set("arrived", async (unpacked = bytes) => {
    if (!body || ways.length > 1) return;
    const place = working.enter(unpacked, Date.now());
    if (!place) throw full();
    arriving.leave(ways[0]!);
    ways.push(place);
    await workOn();
  });
  const done = Promise.withResolvers<void>();
  // A call whose caller has gone comes to its end all the same, and leaves.
  c.executionCtx.waitUntil(done.promise);
  try {
    if (!body) await workOn();
    await next();
  } finally {
    if (turn) line.leave(turn);
    for (const admission of [arriving, working]) for (const place of ways) if (place) admission.leave(place);
    done.resolve();
  }
});

let saidAt = Number.NEGATIVE_INFINITY;
let sentAway = 0;

/** To be thrown when there is no room: everybody who is sent away is told when to come again, each another time. */
export function full(): ProblemError {
  sentAway++;
  counts.add(REFUSED, ["full"]);
  const now = Date.now();
  if (Math.abs(now - saidAt) > FULL_LINE_INTERVAL) {
    writeOutput("warn", "this isolate is full, and sends calls away", { sentAway, ...inProgress() });
    saidAt = now;
    sentAway = 0;
  }
  return new ProblemError(503, "The edge has as many calls in progress as it can have: try again later", [], {
    "retry-after": String(spread(FULL_RETRY)),
  });
}
