import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { retryingFetch } from "./retrying-fetch.ts";

let server: Server;
afterEach(() => {
  server.close();
});

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A fetch that notes why it tried again. */
function patient(patience: number): { reasons: string[]; fetch: typeof fetch } {
  const reasons: string[] = [];
  const onRetry = (reason: string) => reasons.push(reason);
  return { reasons, fetch: retryingFetch({ patience, onRetry, signal: new AbortController().signal }) };
}

test("a Retry-After that is a date is waited for", async () => {
  let requests = 0;
  let date = 0;
  const url = await serve((_, response) => {
    requests++;
    // In whole seconds, as HTTP dates are.
    if (requests === 1) date = Math.ceil(Date.now() / 1000) * 1000 + 1000;
    if (Date.now() >= date) response.end("here");
    else response.writeHead(503, { "retry-after": new Date(date).toUTCString() }).end();
  });
  const { reasons, fetch } = patient(10_000);
  expect(await (await fetch(url)).text()).toBe("here");
  expect(reasons).toEqual(["status 503"]);
  expect(requests).toBe(2);
});

test("whoever is told to come back after the patience has ended is given the answer at once", async () => {
  const url = await serve((_, response) => response.writeHead(429, { "retry-after": "60" }).end("later"));
  const { reasons, fetch } = patient(10_000);
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([429, "later"]);
  expect(reasons).toEqual([]);
});

test("an answer that breaks off is asked for again", async () => {
  let requests = 0;
  const url = await serve((_, response) => {
    requests++;
    response.writeHead(200, { "content-length": "4" });
    if (requests > 1) response.end("here");
    else response.write("he", () => response.destroy());
  });
  const { reasons, fetch } = patient(10_000);
  expect(await (await fetch(url)).text()).toBe("here");
  expect(reasons).toHaveLength(1);
});

test("a connection that is cut is tried again, and what the caller did wrong is not", async () => {
  let requests = 0;
  const url = await serve((request, response) => {
    requests++;
    if (requests === 1) request.socket.destroy();
    else response.writeHead(404).end();
  });
  const { reasons, fetch } = patient(10_000);
  expect((await fetch(url)).status).toBe(404);
  expect(reasons).toHaveLength(1);
  expect(requests).toBe(2);
});
