import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { endToEnd } from "./headers.ts";
import { ANSWER_TIMEOUT } from "./limits.ts";

/** Bytes of an answer that are read though nobody is there for them any more: its connection is of use to the next. */
const MAX_UNREAD = 64 * 1024;

/** What becomes of a request that was handed on. */
export type Forwarded = {
  /** The answer's head is there. */
  answered?: (headers: readonly string[]) => void;
  /** The answer is complete, or nothing more will come of it. */
  done: () => void;
  /** There is no answer, and nothing was sent to who asked. */
  failed: (error: Error) => void;
};

/**
 * Hands a request on to workerd, and its answer back as it comes. Who has gone meanwhile is not told of: what workerd has begun it also ends, so it counts until then.
 * @param body what was read of it, or what comes of it.
 */
export function forward(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer | Readable | null,
  forwarded: Forwarded,
): void {
  const answer = new Answer(response, forwarded);
  try {
    pool.dispatch(
      {
        path: request.url!,
        method: request.method as Dispatcher.HttpMethod,
        headers: endToEnd(request.rawHeaders),
        body,
        headersTimeout: ANSWER_TIMEOUT,
        bodyTimeout: ANSWER_TIMEOUT,
      },
      answer,
    );
  } catch (error) {
    answer.onResponseError(null, error as Error);
  }
}

/** Writes an answer of workerd's to who asked, no faster than they read. */
class Answer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #forwarded: Forwarded;
  #begun = false;
  #ended = false;
  #unread = 0;

  constructor(response: ServerResponse, forwarded: Forwarded) {
    this.#response = response;
    this.#forwarded = forwarded;
  }

  onRequestStart(): void {}

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusMessage?: string,
  ): void {
    // What is not yet the answer.
    if (status < 200) return;
    const headers = endToEnd((controller.rawHeaders as Buffer[]).map((part) => part.toString("latin1")));
    this.#forwarded.answered?.(headers);
    this.#begun = true;
    const response = this.#response;
    if (response.destroyed) return;
    response.writeHead(status, statusMessage ?? "", headers);
    response.once("close", () => controller.resume());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const response = this.#response;
    if (response.destroyed) {
      this.#unread += chunk.length;
      // The rest of a long answer would be for nobody.
      if (this.#unread > MAX_UNREAD) controller.abort(new Error("who asked has gone"));
      return;
    }
    if (response.write(chunk)) return;
    controller.pause();
    response.once("drain", () => controller.resume());
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#response.end();
    this.#forwarded.done();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#begun) this.#response.destroy();
    else this.#forwarded.failed(error);
    this.#forwarded.done();
  }
}
