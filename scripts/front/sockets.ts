import { request as ask, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { endToEnd } from "./headers.ts";
import { ANSWER_TIMEOUT } from "./limits.ts";

/** Whether a request wants to go on as a WebSocket (RFC 6455, 4.2.1). */
export const isWebSocket = ({ headers, method }: IncomingMessage): boolean =>
  method === "GET" && headers.upgrade?.toLowerCase() === "websocket";

/**
 * Opens a WebSocket in workerd for a page that wants one, and lets through what either says to the other. What is no WebSocket then is answered, and the connection ends.
 * @param opened.done there is an answer, or there will be none. @param opened.failed there is none, and nothing was sent.
 */
export function openSocket(
  upstream: { host: string; port: number },
  request: IncomingMessage,
  page: Duplex,
  head: Buffer,
  opened: { done: () => void; failed: (error: Error) => void },
): void {
  const asking = ask({
    ...upstream,
    path: request.url!,
    method: "GET",
    headers: [...endToEnd(request.rawHeaders), "connection", "Upgrade", "upgrade", "websocket"],
    timeout: ANSWER_TIMEOUT,
    agent: false,
  });
  page.on("error", () => page.destroy());
  page.once("close", () => asking.destroy());
  asking.on("upgrade", (answer, edge: Duplex, first) => {
    opened.done();
    if (page.destroyed) return void edge.destroy();
    page.write(headOf(answer, ["connection", "Upgrade", "upgrade", "websocket"]));
    if (first.length > 0) page.write(first);
    if (head.length > 0) edge.write(head);
    edge.on("error", () => page.destroy());
    edge.once("close", () => page.destroy());
    page.once("close", () => edge.destroy());
    page.pipe(edge).pipe(page);
  });
  asking.on("response", (answer) => {
    opened.done();
    page.write(headOf(answer, ["connection", "close"]));
    answer.pipe(page);
    answer.once("error", () => page.destroy());
  });
  asking.on("timeout", () => asking.destroy(new Error(`no answer in ${ANSWER_TIMEOUT} ms`)));
  asking.on("error", (error) => {
    opened.done();
    if (!page.destroyed) opened.failed(error);
  });
  asking.end();
}

/** The beginning of an answer, as it goes over the wire. */
function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage, more: string[]): string {
  const headers = [...endToEnd(rawHeaders), ...more];
  let text = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
