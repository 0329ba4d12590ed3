import { createMiddleware } from "hono/factory";
import { hex } from "../../storage/hex.ts";
import type { AppEnv } from "../app-env.ts";

const version00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * W3C trace context: takes up the caller's trace or begins one, and says so in the answer.
 * https://www.w3.org/TR/trace-context/
 */
export const trace = createMiddleware<AppEnv>(async (c, next) => {
  const parent = version00.exec(c.req.header("traceparent") ?? "");
  const known = parent && !/^0+$/.test(parent[1]!) && !/^0+$/.test(parent[2]!);
  const traceId = known ? parent[1]! : randomHex(16);
  c.set("traceId", traceId);
  c.header("traceparent", `00-${traceId}-${randomHex(8)}-${known ? parent[3] : "00"}`);
  await next();
});

const randomHex = (bytes: number): string => hex(crypto.getRandomValues(new Uint8Array(bytes)));
