import type { IncomingMessage } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import { BODY_TIMEOUT } from "../../edge/http/limits.ts";
import { LINGER } from "./limits.ts";

/** Whether a request says that it has a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

/** Bodies that are on their way, the oldest first. */
export class Gathering {
  readonly #now: () => number;
  readonly #bodies = new Map<IncomingMessage, { since: number; late: () => void }>();

  /** @param now ms, which never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Reads a body whole: HTTP holds its sender to the length that it announced. @param ended.late it takes too long. @param ended.gone its sender has gone. */
  read(request: IncomingMessage, ended: { whole: (body: Buffer) => void; late: () => void; gone: () => void }): void {
    const chunks: Buffer[] = [];
    const isOver = () => !this.#bodies.delete(request);
    this.#bodies.set(request, {
      since: this.#now(),
      late: ended.late,
    });
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      if (!isOver()) ended.whole(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.once("close", () => {
      if (!isOver()) ended.gone();
    });
    request.on("error", () => {});
  }

  /** To be called now and then: gives up those that do not come. */
  tick(): void {
    const now = this.#now();
    for (const [request, { since, late }] of this.#bodies) {
      if (now - since < BODY_TIMEOUT) return;
      this.#bodies.delete(request);
      late();
    }
  }
}

/** A body as it comes. Who reads it may end it: the request and its connection do not end with that. */
export function streamed(request: IncomingMessage): Readable {
  const body = new PassThrough();
  // Whoever reads it hears of it by its end.
  body.on("error", () => {});
  request.once("close", () => {
    if (!request.complete) body.destroy(new Error("the sender has gone"));
  });
  return request.pipe(body);
}

/**
 * What is left of a body whose request is answered is read for nothing, for a moment: were the connection closed while its sender still writes, the answer could be lost with it.
 */
export function discard(request: IncomingMessage): void {
  if (request.complete) return;
  request.unpipe();
  request.resume();
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, LINGER);
  timer.unref();
}
