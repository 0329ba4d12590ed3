import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { until } from "../../e2e/until.ts";
import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import type { Problem } from "../../shared/contract/problem.ts";
import { freePort } from "../free-port.ts";
import { type Front, startFront } from "./front.ts";
import { INSIDE, SLOW } from "./limits.ts";

/** The front, before a server that does what each test says, in workerd's place. */

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Behaviour = (request: IncomingMessage, response: ServerResponse) => unknown;
type Started = { front: Front; url: string; port: number; upstream: Server; said: string[] };

async function start(behaviour: Behaviour): Promise<Started> {
  const upstream = createServer(behaviour).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  closing.push(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const [port, said] = [await freePort(), [] as string[]];
  const front = await startFront({
    host: "127.0.0.1",
    port,
    upstream: { host: "127.0.0.1", port: (upstream.address() as AddressInfo).port },
    say: (line) => said.push(line),
  });
  closing.push(() => front.close());
  return { front, url: `http://127.0.0.1:${port}`, port, upstream, said };
}

/** Answers with what it was asked, when all of that has come. */
const echo: Behaviour = async (request, response) => {
  const body = await buffer(request);
  const { method, url, rawHeaders } = request;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ method, url, rawHeaders, sha256: sha256(body), bytes: body.length }));
};
type Echo = { method: string; url: string; rawHeaders: string[]; sha256: string; bytes: number };
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Calls are answered when the test says so, and all else at once. */
function held() {
  const waiting: { url: string; answer: (status?: number) => void }[] = [];
  const behaviour: Behaviour = (request, response) => {
    request.resume();
    if (!request.url!.startsWith("/v1/") || request.method === "OPTIONS") return response.end("beside");
    waiting.push({ url: request.url!, answer: (status = 200) => response.writeHead(status).end("done") });
  };
  return { waiting, behaviour };
}

/** Calls come and come, and none is answered: in the end as many are inside as may be, and nobody's turn comes any more. */
async function overload({ url, front }: Started) {
  const calls: Promise<Response>[] = [];
  const calling = setInterval(() => calls.push(fetch(`${url}/v1/n/${calls.length}`)), 5);
  closing.push(() => clearInterval(calling));
  let [inside, since] = [0, 0];
  await until("nobody's turn to come", () => {
    const now = front.statistics().inside;
    if (now !== inside) [inside, since] = [now, performance.now()];
    // How many those are depends on how many became slow at once.
    return inside >= SLOW.most && performance.now() - since > 2 * SLOW.after ? true : null;
  });
  const refused = await fetch(`${url}/v1/more`, { method: "POST", body: "{}" });
  return { refused, end: () => clearInterval(calling), calls };
}

/** Writes bytes to the front, and gives what comes back until the connection ends, or `enough` of it is there. */
async function raw(port: number, text: string, enough = /(?!)/): Promise<{ socket: Socket; text: string }> {
  const socket = connect(port, "127.0.0.1");
  closing.push(() => socket.destroy());
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.write(text);
  await until("an answer", () => (socket.closed || socket.readableEnded || enough.test(received) ? true : null));
  return { socket, text: received };
}

test("what comes goes on as it is: path, method, headers in their order, those that come twice, and who says who they are", async () => {
  const { port } = await start(echo);
  const { text } = await raw(
    port,
    [
      "PATCH /v1/a%2Fb/../c?x=%zz&y HTTP/1.1",
      "Host: edge.example:8443",
      "X-Twice: 1",
      "X-Forwarded-For: 10.0.0.1",
      "CF-Connecting-IP: 10.0.0.2",
      "x-twice: 2",
      "Authorization: Bearer key",
      "Cookie: a=b",
      "Connection: close, x-hop",
      "X-Hop: 1",
      "TE: trailers",
      "Content-Length: 3",
      "",
      "abc",
    ].join("\r\n"),
  );
  const { method, url, rawHeaders, bytes } = JSON.parse(text.slice(text.indexOf("{"))) as Echo;
  expect([method, url, bytes]).toEqual(["PATCH", "/v1/a%2Fb/../c?x=%zz&y", 3]);
  const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`] : []));
  expect(pairs.filter((pair) => !/^(connection|content-length):/.test(pair))).toEqual([
    "host: edge.example:8443",
    "x-twice: 1",
    "x-forwarded-for: 10.0.0.1",
    "cf-connecting-ip: 10.0.0.2",
    "x-twice: 2",
    "authorization: Bearer key",
    "cookie: a=b",
  ]);
});

test("bodies arrive whole, small or larger than any call's, of known length or not, and gzip stays gzip", async () => {
  const { url } = await start(echo);
  for (const bytes of [Buffer.alloc(0), gzipSync(randomBytes(3000)), randomBytes(MAX_BODY_BYTES + 1)]) {
    for (const body of [bytes, Readable.toWeb(Readable.from([bytes])) as ReadableStream]) {
      const response = await fetch(`${url}/v1/x`, {
        method: "PUT",
        body,
        headers: { "content-encoding": "gzip" },
        duplex: "half",
      } as RequestInit);
      const { sha256: arrived, rawHeaders } = (await response.json()) as Echo;
      expect(arrived).toBe(sha256(bytes));
      expect(rawHeaders).toContain("content-encoding");
    }
  }
});

test("answers come back as they are: status, headers, those that come twice, bytes, none for HEAD, and long ones piece by piece", async () => {
  const long = randomBytes(5_000_000);
  const { port, url } = await start((request, response) => {
    if (request.url === "/long") {
      response.write(long.subarray(0, 10));
      return request.socket.once("data", () => {}) && setImmediate(() => response.end(long.subarray(10)));
    }
    response.writeHead(418, "Short and stout", { "Set-Cookie": ["a=1", "b=2"], "x-a": "\u00e9", "content-length": 3 });
    response.end(Buffer.from("tea"));
  });
  const { text } = await raw(port, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  expect(text).toMatch(/^HTTP\/1\.1 418 Short and stout\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nx-a: \u00e9\r\n/);
  expect(text).toMatch(/\r\n\r\ntea$/);
  const head = await fetch(`${url}/v1/head`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([418, "3", ""]);
  const answer = await fetch(`${url}/long`);
  expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(long));
});

test("two requests that come at once over one connection are answered in their order", async () => {
  const { port } = await start((request, response) => {
    setTimeout(() => response.end(`<${request.url}>`), request.url === "/v1/1" ? 100 : 0);
  });
  const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
  const { text } = await raw(port, get("/v1/1") + get("/v1/2", "connection: close\r\n"));
  expect([...text.matchAll(/<(.*)>/g)].map(([, path]) => path)).toEqual(["/v1/1", "/v1/2"]);
});

test("a sender that is slow has no place in the line, and one that goes away leaves nothing", async () => {
  const { waiting, behaviour } = held();
  const { front, port, url } = await start(behaviour);
  const slow: Socket[] = [];
  for (let n = 0; n < 4 * INSIDE.most; n++) {
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /v1/slow HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345");
    slow.push(socket);
  }
  await until("them to be there", () => (front.statistics().connections === slow.length ? true : null));
  const quick = fetch(`${url}/v1/quick`);
  await until("the quick one", () => (waiting.length > 0 ? true : null));
  expect(waiting.map(({ url }) => url)).toEqual(["/v1/quick"]);
  waiting[0]!.answer();
  expect((await quick).status).toBe(200);
  for (const socket of slow) socket.destroy();
  await until("them to be gone", () => (front.statistics().connections <= 1 ? true : null));
  expect(front.statistics()).toMatchObject({ waiting: 0, inside: 0 });
});

test("while too many calls come, others are sent away before their bodies are read, and told when to come again; pages, health and metrics go by", async () => {
  const { waiting, behaviour } = held();
  const started = await start(behaviour);
  const { url, port, front, said } = started;
  const { calls, refused, end } = await overload(started);
  expect([refused.status, refused.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(refused.headers.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  const { title, traceId } = (await refused.json()) as Problem;
  expect([title, refused.headers.get("traceparent")!.includes(traceId!)]).toEqual(["Unavailable", true]);

  for (const [method, path] of ["GET /", "GET /health", "GET /metrics", "OPTIONS /v1/x"].map((one) => one.split(" ")))
    expect([path, await (await fetch(url + path, { method })).text()]).toEqual([path, "beside"]);

  const expecting = await raw(
    port,
    "POST /v1/x HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n",
    /\r\n\r\n\{.*\}$/,
  );
  expect(expecting.text).toMatch(/^HTTP\/1\.1 503 /);
  const large = await fetch(`${url}/v1/x`, { method: "POST", body: randomBytes(MAX_BODY_BYTES) });
  expect(large.status).toBe(503);
  expect(waiting.filter(({ url }) => url === "/v1/x" || url === "/v1/more")).toEqual([]);
  // Now and then, and not of each: on a busy machine this takes longer than from one line to the next.
  expect(said.length).toBeLessThan(front.statistics().sentAway);
  expect(said[0]).toMatch(/^Calls are sent away: there are too many/);
  expect(front.statistics().sentAway).toBeGreaterThanOrEqual(3);

  end();
  const answering = setInterval(() => {
    for (const one of waiting.splice(0)) one.answer();
  }, 10);
  closing.push(() => clearInterval(answering));
  for (const response of await Promise.all(calls)) expect([200, 503]).toContain(response.status);
  const again = await until("calls to be taken again", async () => {
    const response = await fetch(`${url}/v1/again`, { method: "POST", body: "{}" });
    return response.status === 200 ? response : null;
  });
  expect(await again.text()).toBe("done");
});

test("a page that is sent away may read that, where answers lately said that it may", async () => {
  const { waiting, behaviour } = held();
  const started = await start((request, response) => {
    const { origin } = request.headers;
    if (origin === "https://known.example") response.setHeader("access-control-allow-origin", origin);
    if (request.url !== "/v1/first") return behaviour(request, response);
    return response.end("first");
  });
  const origins = ["https://known.example", "https://unknown.example"];
  for (const origin of origins) await (await fetch(`${started.url}/v1/first`, { headers: { origin } })).text();
  const { calls, end } = await overload(started);
  const allowed = await Promise.all(
    origins.map(async (origin) => {
      const response = await fetch(`${started.url}/v1/x`, { headers: { origin } });
      return [response.status, response.headers.get("access-control-allow-origin")];
    }),
  );
  expect(allowed).toEqual([
    [503, "https://known.example"],
    [503, null],
  ]);
  end();
  const answering = setInterval(() => waiting.splice(0).map((one) => one.answer()), 10);
  closing.push(() => clearInterval(answering));
  await Promise.all(calls);
});

test("health is workerd's answer; while calls wait what was seen a moment ago, told as to a stranger; and that there is none", async () => {
  const asked: (string | undefined)[] = [];
  let hangs = false;
  const { url, upstream, front } = await start((request, response) => {
    if (request.url !== "/health") return;
    asked.push(request.headers.via);
    const { authorization = "stranger" } = request.headers;
    if (!hangs) response.writeHead(200, { "x-for": authorization }).end("well");
  });
  const ask = () => fetch(`${url}/health`, { headers: { authorization: "me" } });
  const first = await ask();
  expect([first.status, first.headers.get("x-for"), first.headers.get("age")]).toEqual([200, "me", null]);
  await until("a look", () => (asked.includes("1.1 edgewise") ? true : null));
  hangs = true;
  const calling = setInterval(() => void fetch(`${url}/v1/x`).catch(() => {}), 5);
  closing.push(() => clearInterval(calling));
  await until("calls to wait", () => (front.statistics().waiting > 0 ? true : null));
  for (const response of [await ask(), ...(await Promise.all(Array.from({ length: 50 }, ask)))]) {
    expect([response.status, response.headers.get("x-for"), await response.text()]).toEqual([200, "stranger", "well"]);
    expect(Number(response.headers.get("age"))).toBeGreaterThanOrEqual(0);
  }
  upstream.close();
  upstream.closeAllConnections();
  const none = await until("it to be noticed that nobody is there", async () => {
    const response = await ask();
    return response.status === 200 ? null : response;
  });
  expect([none.status, none.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
});

test("where workerd does not answer, or breaks off, it is said, and it goes on when it is back", async () => {
  let breaks = true;
  const { url, upstream, front, said } = await start((request, response) => {
    request.resume();
    if (breaks) request.socket.destroy();
    else response.end("back");
  });
  const call = () => fetch(`${url}/v1/x`, { method: "POST", body: "{}" });
  const broken = await call();
  expect([broken.status, ((await broken.json()) as Problem).title]).toEqual([503, "Unavailable"]);
  expect(said).toEqual([
    expect.stringMatching(/^Calls have no answer of the runtime \(1 since .*; the last, a POST: /),
  ]);
  const { port } = upstream.address() as AddressInfo;
  upstream.close();
  await once(upstream, "close");
  const refused = await call();
  expect([refused.status, Number(refused.headers.get("retry-after")) >= 1]).toEqual([503, true]);
  expect((await fetch(`${url}/metrics`)).status).toBe(503);
  breaks = false;
  upstream.listen(port, "127.0.0.1");
  await until("it to be back", async () => ((await call()).status === 200 ? true : null));
  expect(front.statistics()).toMatchObject({ waiting: 0, inside: 0 });
});

test("a connection that nobody uses is closed before workerd would close it", async () => {
  const { url, upstream } = await start((_, response) => response.end());
  upstream.keepAliveTimeout = 0;
  const closed = once(upstream, "connection").then(([socket]) => once(socket, "close"));
  await (await fetch(`${url}/v1/x`)).text();
  await closed;
});

test("an answer that breaks off breaks off, and is not taken for whole", async () => {
  const { url, front } = await start((request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("half", () => request.socket.destroy());
  });
  const response = await fetch(`${url}/v1/x`);
  await expect(response.text()).rejects.toThrow();
  await until("it to leave", () => (front.statistics().inside === 0 ? true : null));
});

test("who is answered before all of a large body has come gets that answer", async () => {
  const { url, front } = await start((_, response) => response.writeHead(401).end("no"));
  for (let n = 0; n < 5; n++) {
    const response = await fetch(`${url}/v1/artifacts/x`, { method: "PUT", body: randomBytes(4 * MAX_BODY_BYTES) });
    expect([response.status, await response.text()]).toEqual([401, "no"]);
  }
  await until("them to leave", () => (front.statistics().inside === 0 ? true : null));
});

test("a WebSocket goes through both ways, and ends with either side", async () => {
  const { url, port, upstream, front } = await start((_, response) => response.writeHead(426).end("none"));
  const seen: { headers: IncomingMessage["headers"]; socket: Socket }[] = [];
  upstream.on("upgrade", ({ headers }: IncomingMessage, socket: Socket) => {
    seen.push({ headers, socket });
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nx-a: 1\r\n\r\nhello",
    );
    socket.on("data", (chunk) => socket.write(`<${chunk}>`));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
  });
  const head =
    "GET /v1/live?key=k HTTP/1.1\r\nhost: a\r\nupgrade: WebSocket\r\nconnection: Upgrade\r\nsec-websocket-key: x\r\n\r\n";
  const { socket, text } = await raw(port, head, /hello$/);
  expect(text).toMatch(/^HTTP\/1\.1 101 [\s\S]*x-a: 1\r\n[\s\S]*\r\n\r\nhello$/);
  expect(seen[0]!.headers).toMatchObject({ host: "a", "sec-websocket-key": "x", upgrade: "websocket" });
  const answers: string[] = [];
  socket.on("data", (chunk) => answers.push(chunk.toString()));
  socket.write("ping");
  await until("it to come back", () => (answers.join("") === "<ping>" ? true : null));
  expect(front.statistics().inside).toBe(0);
  seen[0]!.socket.destroy();
  await once(socket, "close");

  const second = await raw(port, head, /hello$/);
  second.socket.destroy();
  await until("the other side to end", () => (seen[1]!.socket.closed ? true : null));

  // What is no WebSocket there is answered, and nothing more goes over that connection.
  upstream.removeAllListeners("upgrade");
  const refused = await raw(port, `${head}GET /v1/smuggled HTTP/1.1\r\nhost: a\r\n\r\n`);
  expect(refused.text).toMatch(/^HTTP\/1\.1 426 [\s\S]*connection: close[\s\S]*none/i);
  expect(refused.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  // Another protocol than that is not spoken here: it is a request.
  const other = await raw(port, "GET /v1/x HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nconnection: upgrade, close\r\n\r\n");
  expect(other.text).toMatch(/^HTTP\/1\.1 426 /);
  expect((await fetch(`${url}/v1/live`)).status).toBe(426);
});

test("what is no request for a path is refused here", async () => {
  const { port } = await start(echo);
  for (const target of ["http://elsewhere.example/v1/x", "*"]) {
    const { text } = await raw(port, `OPTIONS ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  }
  const both = await raw(
    port,
    "POST /v1/x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
  );
  expect(both.text).toMatch(/^HTTP\/1\.1 400 /);
});
