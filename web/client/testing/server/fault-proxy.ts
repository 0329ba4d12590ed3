import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { Behaviour, Seen, SentBatch } from "../control.ts";
import { serverFrames } from "./server-frames.ts";

/** Headers that are of one connection, and not of what is said on it. */
const CONNECTION_HEADERS = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

type Answer = { status: number; headers: Record<string, string | string[]>; body: Buffer };

/** Stands between a page and the real edge: passes on what they say, notes what went by, and makes the faults that it is told to make. */
export class FaultProxy {
  readonly #edge: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #seen: Seen = { requests: [], batches: [], sockets: 0 };
  #behaviour: Behaviour = {};
  #port = 0;

  constructor(edge: string) {
    this.#edge = new URL(edge);
    this.#server = createServer((asked, response) => {
      this.#answer(asked, response).catch((error) => {
        // The page is gone, or this proxy was stopped.
        if (!response.destroyed) console.error(error);
        response.destroy();
      });
    });
    this.#server.on("upgrade", (asked: IncomingMessage, socket: Duplex) => this.#upgrade(asked, socket));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens: at a free port the first time, at the same one afterwards. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections from now on, and breaks those there are. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await closed;
  }

  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  seen(): Seen {
    return this.#seen;
  }

  async #answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "" } = asked;
    const body = await bytesOf(asked);
    if (method !== "OPTIONS") this.#seen.requests.push(`${method} ${url}`);
    const { answerAll } = this.#behaviour;
    if (answerAll === "never") return;
    if (answerAll !== undefined)
      return void response.writeHead(answerAll, { "access-control-allow-origin": "*" }).end();
    const answer =
      method === "POST" && url === "/v1/batch" ? await this.#batch(asked, body) : await this.#ask(asked, body);
    if (answer === null) return void response.destroy();
    if (method === "GET" && /^\/v1\/models\/[^/]+$/.test(url)) await setTimeout(this.#behaviour.manifestDelay ?? 0);
    if (url.startsWith("/v1/artifacts/") && this.#behaviour.garbleArtifacts && answer.body.length > 0)
      answer.body[answer.body.length >> 1]! ^= 0xff;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** @returns null for an answer that is lost on its way. */
  async #batch(asked: IncomingMessage, came: Buffer): Promise<Answer | null> {
    const behaviour = this.#behaviour;
    const gzip = asked.headers["content-encoding"] === "gzip";
    const body = gzip ? gunzipSync(came) : came;
    const sent: SentBatch = { body: body.toString(), gzip, answer: null };
    this.#seen.batches.push(sent);
    const given = behaviour.batchAnswers?.shift();
    if (given) return made(given);
    if (body.length > (behaviour.maxBatchBytes ?? Number.POSITIVE_INFINITY)) return made({ status: 413 });
    if (behaviour.poison?.some((id) => sent.body.includes(JSON.stringify(id)))) return made({ status: 400 });
    if (gzip && behaviour.addToRecords) delete asked.headers["content-encoding"];
    const passed = behaviour.addToRecords ? withFields(sent.body, behaviour.addToRecords) : came;
    const answer = await this.#ask(asked, passed);
    sent.answer = answer.body.toString();
    if (!behaviour.lostAnswers) return answer;
    behaviour.lostAnswers--;
    return null;
  }

  #ask(asked: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#edge;
      const { method, url } = asked;
      const headers: Record<string, string | string[]> = { ...passedOn(asked), "accept-encoding": "identity" };
      const call = request({ hostname, port, method, path: url, headers, agent: this.#agent }, (response) => {
        bytesOf(response).then(
          (bytes) => resolve({ status: response.statusCode!, headers: passedOn(response), body: bytes }),
          reject,
        );
      });
      call.once("error", reject);
      call.end(body);
    });
  }

  #upgrade(asked: IncomingMessage, socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    if (this.#behaviour.refuseSockets) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    const { hostname, port } = this.#edge;
    // Without extensions what is said is not compressed.
    const { "sec-websocket-extensions": _, ...headers } = asked.headers;
    const call = request({ hostname, port, path: asked.url, headers });
    call.on("error", () => socket.destroy());
    call.on("response", ({ statusCode, statusMessage }) =>
      socket.end(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n\r\n`),
    );
    call.on("upgrade", (response, edge, head) => {
      this.#seen.sockets++;
      const lines = response.rawHeaders.flatMap((text, i, all) => (i % 2 === 0 ? [`${text}: ${all[i + 1]}`] : []));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      edge.on("error", () => socket.destroy());
      socket.on("close", () => edge.destroy());
      edge.on("close", () => socket.destroy());
      edge.unshift(head);
      edge.pipe(serverFrames(() => this.#behaviour.swallowNotices ?? false)).pipe(socket);
      socket.pipe(edge);
    });
    socket.on("close", () => {
      this.#sockets.delete(socket);
      call.destroy();
    });
    call.end();
  }
}

/** An answer of the proxy's own, which pages may read as they may the edge's. */
const made = ({ status, body = "{}", retryAfter }: { status: number; body?: string; retryAfter?: string }): Answer => ({
  status,
  headers: {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "retry-after",
    ...(retryAfter !== undefined && { "retry-after": retryAfter }),
  },
  body: Buffer.from(body),
});

/** The body of a batch with fields added to each of its records. */
function withFields(body: string, fields: Record<string, unknown>): Buffer {
  const batch = JSON.parse(body) as Record<string, unknown>;
  for (const list of ["decisions", "feedback", "activations"])
    if (Array.isArray(batch[list])) batch[list] = batch[list].map((record) => ({ ...record, ...fields }));
  return Buffer.from(JSON.stringify(batch));
}

const passedOn = ({ headers }: IncomingMessage): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || CONNECTION_HEADERS.has(name) ? [] : [[name, value]],
    ),
  );

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
