import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { servedNow } from "../../intake/served-models.ts";
import { REQUEST_DURATION, REQUESTS } from "../../observe/families.ts";
import { counts, isReportDue, reportCounts } from "../../observe/isolate-reports.ts";
import type { AppEnv } from "../app-env.ts";

/** Methods that are counted by their names: others are the caller's words, and there is no end to them. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** What a method is counted as. */
export const countedMethod = (method: string): string => (METHODS.has(method) ? method : "other");

/** Counts and times every request, and reports what this isolate has counted behind an answer now and then. */
export const requestMetrics = createMiddleware<AppEnv>(async (c, next) => {
  const started = performance.now();
  await next();
  const method = countedMethod(c.req.method);
  const matched = routePath(c, -1);
  // Paths that are no route are one.
  const route = matched.includes("*") ? "other" : matched;
  counts.add(REQUESTS, [method, route, c.res.status]);
  const seconds = (performance.now() - started) / 1000;
  counts.observe(REQUEST_DURATION, [method, route], seconds);
  c.get("span").write("request", seconds, { method, route, status: c.res.status });
  if (isReportDue(Date.now())) c.executionCtx.waitUntil(reportCounts(c.env, servedNow()));
});
