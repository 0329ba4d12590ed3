import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { Histogram } from "../../observe/histogram.ts";
import type { AppEnv } from "../app-env.ts";

/** Requests that this isolate has answered, by method, route and status. */
const answered = new Map<string, { method: string; route: string; status: number; n: number }>();
const latencies = new Map<string, { method: string; route: string; histogram: Histogram }>();

export const requestCounts = () => answered.values();
export const requestLatencies = () => latencies.values();

/** Counts and times every request. */
export const requestMetrics = createMiddleware<AppEnv>(async (c, next) => {
  const started = performance.now();
  await next();
  const { method } = c.req;
  const matched = routePath(c, -1);
  // Paths that are no route are one: they are the caller's words, and there is no end to them.
  const route = matched.includes("*") ? "other" : matched;
  const { status } = c.res;
  const count = entry(answered, `${method} ${route} ${status}`, () => ({ method, route, status, n: 0 }));
  count.n++;
  const latency = entry(latencies, `${method} ${route}`, () => ({ method, route, histogram: new Histogram() }));
  latency.histogram.add(performance.now() - started);
});

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known) return known;
  const made = make();
  map.set(key, made);
  return made;
}
