import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";

/** Whether a caller takes bodies as gzip. */
export const takesGzip = (c: Context<AppEnv>): boolean => /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");

/** Compresses as it streams. */
export const gzipped = (body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> =>
  body.pipeThrough(new CompressionStream("gzip"));

/**
 * A response with a body that is gzip already. The runtime would compress what says that it is compressed once more, so it is made by hand.
 * @param headers of its own: what middlewares have said by now is added, since that goes only with responses that the context makes.
 */
export function gzipResponse(c: Context<AppEnv>, body: BodyInit, headers: Record<string, string>): Response {
  const init: ResponseInit = { headers: { ...headers, "content-encoding": "gzip" }, encodeBody: "manual" };
  const response = new Response(body, init);
  for (const [name, value] of c.res.headers) if (!response.headers.has(name)) response.headers.set(name, value);
  return response;
}
