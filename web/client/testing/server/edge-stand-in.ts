import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { encodeSnapshot } from "../../../../shared/artifact/snapshot.ts";
import { type BatchResponse, batchRequest } from "../../../../shared/contract/envelope.ts";
import type { ArtifactPointer, Manifest, SnapshotNotice } from "../../../../shared/contract/manifest.ts";
import { decisionRecord, feedbackRecord } from "../../../../shared/contract/record.ts";
import type { Behaviour, Publication, Seen } from "../control.ts";
import { acceptSocket, sendText } from "./websocket.ts";

/**
 * A real HTTP server that answers as the edge does to pages, keeps what it was sent, checks it with the real schemas, and fails as it is
 * told to. It stands in for the edge in the tests of the client alone; e2e/ has the tests with the real one.
 */
export class EdgeStandIn {
  readonly #server: Server;
  #port = 0;
  #behaviour: Behaviour = {};
  readonly #artifacts = new Map<string, Uint8Array>();
  readonly #manifests = new Map<string, Manifest>();
  readonly #sockets = new Map<Duplex, string>();
  readonly #known = new Map<string, string>();
  readonly #seen: Seen = {
    decisions: [],
    feedback: [],
    duplicates: 0,
    contradictions: [],
    invalid: [],
    requests: [],
    batchSizes: [],
    sockets: 0,
  };
  #sessions = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => {
        console.error(error);
        response.destroy();
      });
    });
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex) => this.#upgrade(request, socket));
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
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.#sockets.clear();
    this.#server.closeAllConnections();
    await closed;
  }

  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  seen(): Seen {
    return this.#seen;
  }

  publish({ spec, version, number, weights, graph, feedbackAge }: Publication): void {
    const { bits } = spec.learner;
    const dense = new Float32Array(2 ** bits);
    for (const [index, weight] of weights) dense[index] = weight;
    const link = spec.task.type === "predict" && spec.task.label === "binary" ? "logistic" : "identity";
    const examples = number * 10;
    const publishedAt = Date.now();
    const snapshot = {
      ...this.#keep(encodeSnapshot({ model: spec.name, version, number, bits, link, examples, weights: dense })),
      number,
      publishedAt,
      newestFeedbackAt: feedbackAge === undefined ? null : publishedAt - feedbackAge,
    };
    const manifest: Manifest = {
      model: spec.name,
      version,
      stage: "live",
      spec,
      graph: graph === undefined ? null : this.#keep(Uint8Array.from(graph)),
      snapshot,
      examples,
      progressiveLoss: null,
      meanFeedback: null,
      choice: null,
    };
    this.#manifests.set(spec.name, manifest);
    for (const [socket, model] of this.#sockets) if (model === spec.name) this.#notify(socket, manifest);
  }

  #keep(bytes: Uint8Array): ArtifactPointer {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    this.#artifacts.set(sha256, bytes);
    return { url: `/v1/artifacts/${sha256}`, sha256, bytes: bytes.length };
  }

  #notify(socket: Duplex, { model, version, snapshot, examples }: Manifest): void {
    const notice: SnapshotNotice = { type: "snapshot", model, version, snapshot, examples, sentAt: Date.now() };
    sendText(socket, JSON.stringify(notice));
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    socket.on("error", () => {});
    const model = /^\/v1\/models\/([^/]+)\/live$/.exec(request.url ?? "")?.[1] ?? "";
    const manifest = this.#manifests.get(model);
    if (!manifest || this.#behaviour.refuseSockets) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    acceptSocket(request, socket);
    this.#seen.sockets++;
    this.#sockets.set(socket, model);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (data) => (data[0]! & 0x0f) === 8 && socket.end());
    this.#notify(socket, manifest);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { method, url = "" } = request;
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "content-type");
    response.setHeader("access-control-expose-headers", "retry-after");
    if (method === "OPTIONS") return response.writeHead(204).end();
    this.#seen.requests.push(`${method} ${url}`);
    const json = (status: number, body: unknown, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

    if (method === "POST" && url === "/v1/sessions")
      return json(201, { session: `issued-${this.#port}-${++this.#sessions}` });
    if (method === "POST" && url === "/v1/batch")
      return this.#batch(await text(request), json, () => response.destroy());
    const [, resource, name] = /^\/v1\/(models|artifacts)\/([^/]+)$/.exec(url) ?? [];
    const manifest = this.#manifests.get(name ?? "");
    if (resource === "models" && manifest) {
      const { manifestDelay = 0 } = this.#behaviour;
      return setTimeout(() => json(200, manifest), manifestDelay);
    }
    const artifact = this.#artifacts.get(name ?? "");
    if (resource === "artifacts" && artifact) {
      const bytes = Uint8Array.from(artifact);
      if (this.#behaviour.garbleArtifacts) bytes[bytes.length >> 1]! ^= 0xff;
      return response.writeHead(200, { "cache-control": "public, max-age=31536000, immutable" }).end(bytes);
    }
    return json(404, { type: "about:blank", title: "Not Found", status: 404, detail: `there is no ${url}` });
  }

  #batch(body: string, json: (status: number, body: unknown, headers?: object) => unknown, hangUp: () => unknown) {
    const {
      batchStatuses,
      retryAfter,
      maxBatchBytes = Number.POSITIVE_INFINITY,
      poison = [],
      reject = [],
    } = this.#behaviour;
    const status = batchStatuses?.shift();
    if (status !== undefined) return json(status, {}, retryAfter === undefined ? {} : { "retry-after": retryAfter });
    if (body.length > maxBatchBytes) return json(413, { detail: "too long" });
    const { decisions, feedback } = batchRequest.parse(JSON.parse(body));
    this.#seen.batchSizes.push(decisions.length + feedback.length);
    if (decisions.some((d) => poison.includes((d as { id: string }).id))) return json(400, { detail: "not this" });
    const answer: BatchResponse = { accepted: 0, duplicates: 0, rejected: [] };
    const take = <T extends { id: string }>(
      list: "decisions" | "feedback",
      items: unknown[],
      schema: { safeParse(item: unknown): { success: true; data: T } | { success: false; error: Error } },
      into: T[],
      identify: (item: T) => string,
    ) => {
      items.forEach((item, index) => {
        const parsed = schema.safeParse(item);
        const id = (item as { id: string }).id;
        if (!parsed.success) this.#seen.invalid.push(`${id}: ${parsed.error.message}`);
        if (!parsed.success || reject.includes(id)) answer.rejected.push({ list, index, id, problem: "not taken" });
        else if (this.#known.has(identify(parsed.data))) {
          if (this.#known.get(identify(parsed.data)) !== JSON.stringify(parsed.data))
            this.#seen.contradictions.push(id);
          this.#seen.duplicates++;
          answer.duplicates++;
        } else {
          this.#known.set(identify(parsed.data), JSON.stringify(parsed.data));
          into.push(parsed.data);
          answer.accepted++;
        }
      });
    };
    take("decisions", decisions, decisionRecord, this.#seen.decisions, ({ id }) => `decision ${id}`);
    take(
      "feedback",
      feedback,
      feedbackRecord,
      this.#seen.feedback,
      ({ id, value, at }) => `feedback ${id} ${value} ${at}`,
    );
    if ((this.#behaviour.lostAnswers ?? 0) > 0) {
      this.#behaviour.lostAnswers!--;
      return hangUp();
    }
    return json(200, answer);
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
