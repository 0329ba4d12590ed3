import { once } from "node:events";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { Pool } from "undici";
import { ProblemError } from "../../edge/intake/problem.ts";
import { Admission } from "../../edge/storage/admission.ts";
import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import { discard, Gathering, hasBody, streamed } from "./bodies.ts";
import { CountedLine } from "./counted-line.ts";
import { forward } from "./forwarding.ts";
import { Health } from "./health.ts";
import {
  GATHERING,
  HEAD_TIMEOUT,
  IDLE,
  INSIDE,
  KEEP_ALIVE,
  MAX_ASKS,
  MAX_CONNECTIONS,
  MAX_STREAMS,
  ORIGINS,
  PAGES_INSIDE,
  SLOW,
  TICK,
  WAIT,
} from "./limits.ts";
import { Line } from "./line.ts";
import { Origins } from "./origins.ts";
import { full, notAnswering, refuse } from "./refusal.ts";
import { isWebSocket, openSocket } from "./sockets.ts";

export type FrontOptions = {
  host: string;
  port: number;
  /** Where workerd listens. */
  upstream: { host: string; port: number };
  /** A line for the operator. */
  say: (line: string) => void;
};

/** What the front has done since it began, and has now. */
export type FrontStatistics = { sentAway: number; waiting: number; inside: number; limit: number; connections: number };

export type Front = { statistics: () => FrontStatistics; close: () => Promise<void> };

/** One request, and what it is answered with. */
type Exchange = { request: IncomingMessage; response: ServerResponse; origins: Origins };

const now = (): number => performance.now();

/**
 * What stands before workerd on a server of one machine (docs/adr/0022-a-front-before-workerd.md): workerd has one thread, which reads a request when it gets to it, so nobody in there can send a call away
 * in time, or answer how the edge is. Here calls are read at once, stand in a bounded line, and go in when it is their turn; those for which there is no time are told so before their bodies are
 * read. Health and metrics have their own ways. All else goes through as it is.
 */
export async function startFront({ host, port, upstream, say }: FrontOptions): Promise<Front> {
  const connections = { pipelining: 1, keepAliveTimeout: IDLE, keepAliveMaxTimeout: IDLE };
  const pool = new Pool(`http://${upstream.host}:${upstream.port}`, { ...connections, connections: 512 });
  const asks = new Pool(`http://${upstream.host}:${upstream.port}`, { ...connections, connections: 2 * MAX_ASKS + 1 });
  const limits = { slow: SLOW, wait: WAIT };
  const calls = new Line({ ...limits, inside: INSIDE }, now);
  const pages = new Line({ ...limits, inside: PAGES_INSIDE }, now);
  const gathering = new Gathering(now);
  const admission = new Admission(GATHERING);
  const health = new Health(asks, now, () => calls.statistics.waiting > 0);
  const origins = new Origins(ORIGINS, now);
  const sentAway = new CountedLine(say, now);
  const unanswered = new CountedLine(say, now);
  let [streams, questions, open] = [0, 0, 0];

  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: HEAD_TIMEOUT,
    // Bodies have times of their own.
    requestTimeout: 0,
    shouldUpgradeCallback: isWebSocket,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("connection", (socket) => {
    open++;
    socket.once("close", () => open--);
    if (open > 0.9 * MAX_CONNECTIONS) server.closeIdleConnections();
  });
  server.on("request", (request, response) => take({ request, response, origins }));
  server.on("checkContinue", (request, response) =>
    take({ request, response, origins }, () => response.writeContinue()),
  );
  server.on("upgrade", takeSocket);
  const ticking = setInterval(() => {
    for (const one of [calls, pages, gathering]) one.tick();
    if (calls.statistics.waiting > 0) health.look();
  }, TICK);
  server.listen({ host, port });
  await once(server, "listening");
  return {
    statistics: () => ({ sentAway: sentAway.count, connections: open, ...calls.statistics }),
    close: async () => {
      clearInterval(ticking);
      server.close();
      server.closeAllConnections();
      await Promise.all([pool.destroy(), asks.destroy()]);
    },
  };

  /** @param proceed tells who waits for that to send the body. */
  function take(exchange: Exchange, proceed?: () => void): void {
    const { request, response } = exchange;
    const path = pathOf(request.url!);
    if (path === null) return void refuse(exchange, new ProblemError(400, "The request's target must be a path"));
    if (path === "/health" && isRead(request))
      return void health.answer(request, response, () => refuse(exchange, notAnswering()));
    if (path === "/metrics" && isRead(request)) return void takeQuestion(exchange);
    const line = isCall(path) && request.method !== "OPTIONS" ? calls : pages;
    if (line.isLate) return void sendAway(exchange);
    if (!hasBody(request)) return void stand(line, exchange, () => null);
    const bytes = Number(request.headers["content-length"] ?? Number.NaN);
    if (!(bytes <= MAX_BODY_BYTES)) return void takeStream(line, exchange, proceed);
    const place = admission.enter(bytes, Date.now());
    if (!place) return void sendAway(exchange);
    proceed?.();
    gathering.read(request, {
      whole: (body) => {
        // It is held until it is answered.
        response.once("close", () => admission.leave(place));
        if (response.destroyed) admission.leave(place);
        else stand(line, exchange, () => body);
      },
      late: () => {
        admission.leave(place);
        refuse(exchange, new ProblemError(408, "The body did not come in time"));
      },
      gone: () => admission.leave(place),
    });
  }

  /** Its turn comes before its body does: nobody knows how long that is. */
  function takeStream(line: Line, exchange: Exchange, proceed?: () => void): void {
    if (streams >= MAX_STREAMS) return void sendAway(exchange);
    streams++;
    exchange.response.once("close", () => streams--);
    stand(line, exchange, () => {
      proceed?.();
      return streamed(exchange.request);
    });
  }

  /** @param bodyOf is called when it is its turn. */
  function stand(line: Line, exchange: Exchange, bodyOf: () => Buffer | Readable | null): void {
    const { request, response } = exchange;
    const one = {
      isGone: () => response.destroyed,
      giveUp: () => sendAway(exchange),
      begin: () =>
        forward(pool, request, response, bodyOf(), {
          answered: (headers) => noteOrigin(request, headers),
          done: () => {
            line.leave(one);
            discard(request);
          },
          failed: (error) => refuse(exchange, countedUnanswered(request, error)),
        }),
    };
    line.enter(one);
  }

  /** For metrics: beside the line, and few at once. */
  function takeQuestion(exchange: Exchange): void {
    if (questions >= MAX_ASKS) return void sendAway(exchange);
    questions++;
    forward(asks, exchange.request, exchange.response, null, {
      done: () => questions--,
      failed: (error) => refuse(exchange, countedUnanswered(exchange.request, error)),
    });
  }

  /** It stands in line until it is open; then it costs nobody anything. */
  function takeSocket(request: IncomingMessage, page: Duplex, head: Buffer): void {
    const answer = (problem: ProblemError) => {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(page as never);
      response.once("finish", () => page.end());
      refuse({ request, response, origins }, problem);
    };
    if (pathOf(request.url!) === null) return void answer(new ProblemError(400, "The request's target must be a path"));
    if (calls.isLate) return void answer(countedFull());
    const one = {
      isGone: () => page.destroyed,
      giveUp: () => answer(countedFull()),
      begin: () =>
        openSocket(upstream, request, page, head, {
          done: () => calls.leave(one),
          failed: (error) => answer(countedUnanswered(request, error)),
        }),
    };
    calls.enter(one);
  }

  function noteOrigin({ headers }: IncomingMessage, answered: readonly string[]): void {
    if (headers.origin === undefined) return;
    for (let i = 0; i < answered.length; i += 2)
      if (answered[i]!.toLowerCase() === "access-control-allow-origin" && answered[i + 1] === headers.origin)
        origins.allow(headers.origin);
  }

  function sendAway(exchange: Exchange): void {
    refuse(exchange, countedFull());
  }

  function countedFull(): ProblemError {
    sentAway.happened((since) => {
      const { waiting, inside, limit } = calls.statistics;
      return `Calls are sent away: there are too many (${since} since it was said last; ${waiting} wait, ${inside} of at most ${limit} are worked on).`;
    });
    return full();
  }

  /** The line has no path: there may be a unit's name in it. */
  function countedUnanswered({ method }: IncomingMessage, error: Error): ProblemError {
    unanswered.happened(
      (since) =>
        `Calls have no answer of the runtime (${since} since it was said last); the last, a ${method}: ${error.message}.`,
    );
    return notAnswering();
  }
}

/** Without its query; null when it is no path. */
function pathOf(target: string): string | null {
  if (!target.startsWith("/")) return null;
  const end = target.indexOf("?");
  return end < 0 ? target : target.slice(0, end);
}

const isCall = (path: string): boolean => path.startsWith("/v1/");

const isRead = (request: IncomingMessage): boolean =>
  (request.method === "GET" || request.method === "HEAD") && !hasBody(request);
