import type { HonoRequest } from "hono";
import { createMiddleware } from "hono/factory";
import { jsonValueErrors } from "../../intake/json-value.ts";
import { fieldProblem, ProblemError } from "../../intake/problem.ts";
import type { AppEnv } from "../app-env.ts";
import { readBody } from "./body-limit.ts";
import { unpacked, unpackedSize } from "./gzip-body.ts";
import { jsonSyntaxProblem } from "./json-syntax.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** What a route takes as its body. `itemLists`: see jsonValueErrors. `beacons`: also what says that it is `text/plain`. */
type Taken = { itemLists?: readonly string[]; beacons?: boolean };

/**
 * Reads and checks the JSON body of a route, sent as it is or as gzip, before the route's schema does.
 * @throws ProblemError 400, 408, 413 or 415; 503 when there is no room for its work
 */
export const jsonBody = ({ itemLists = [], beacons = false }: Taken = {}) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const type = c.req.header("content-type") ?? "";
    if (beacons && /^text\/plain\s*(;|$)/i.test(type)) asJson(c.req);
    else if (!/^application\/json\s*(;|$)/i.test(type))
      throw fieldProblem(415, "header.content-type", `must be application/json${beacons ? ", or text/plain" : ""}`);
    const encoding = (c.req.header("content-encoding") || "identity").toLowerCase();
    if (encoding !== "identity" && encoding !== "gzip")
      throw fieldProblem(
        415,
        "header.content-encoding",
        "is not supported: it must be gzip, or the body sent as it is",
      );
    const bytes = await readBody(c.req.raw);
    const size = encoding === "gzip" ? unpackedSize(bytes) : bytes.length;
    // There must be room for what it unpacks to, not for what was sent.
    await c.get("arrived")?.(size);
    const value = parse(encoding === "gzip" ? await unpacked(bytes, size) : bytes);
    const errors = jsonValueErrors("body", value, itemLists);
    if (errors.length > 0) throw new ProblemError(400, "The body is not valid", errors);
    // The validator asks the request for its JSON: it gets what was parsed here, and nothing is parsed twice.
    c.req.json = async <T>() => value as T;
    await next();
  });

/**
 * Takes a request for one whose body is JSON. A page that goes sends what it has as text: for what says that it is JSON a browser first asks another origin whether
 * it may, and the page is gone before the answer. Who may send is found out by key and origin either way.
 */
function asJson(request: HonoRequest): void {
  const headers = new Headers(request.raw.headers);
  headers.set("content-type", "application/json");
  request.raw = new Request(request.raw, { headers });
}

/** The same for a route whose body may be left out. */
export const optionalJsonBody = () => {
  const required = jsonBody();
  return createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.raw.body !== null && c.req.header("content-length") !== "0") return required(c, next);
    c.req.json = async <T>() => ({}) as T;
    return next();
  });
};

function parse(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw fieldProblem(400, "body", "is not UTF-8");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw fieldProblem(400, "body", `is not JSON: ${jsonSyntaxProblem(text)}`);
  }
}
