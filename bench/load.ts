import { connect } from "node:net";

/**
 * A small HTTP/1.1 load generator: every connection sends its next request when the last answer is complete.
 *
 * It writes to bare sockets, because on a machine with few cores node:http takes longer to send a request than workerd
 * takes to answer it, and the client would be what is measured.
 */

export type LoadRequest = { method: "GET" | "POST"; path: string; body?: string };

export type LoadOptions = {
  host: string;
  port: number;
  connections: number;
  /** It ends after so long, or so many requests. */
  seconds?: number;
  requests?: number;
  /** The n-th request, n counted over all connections. */
  request: (n: number) => LoadRequest;
  /** Status that every answer must have. */
  status: number;
  /** Another that it may have: it is not counted then, and the connection goes on. */
  sentAway?: number;
};

export type LoadResult = { requests: number; seconds: number; perSecond: number };

/** @throws Error at the first answer with another status, or a connection that fails. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const started = performance.now();
  const deadline = started + (options.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  const most = options.requests ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  let answered = 0;
  const next = () => encode(options.request(sent++), options.host);
  await Promise.all(
    Array.from(
      { length: Math.min(options.connections, most) },
      () =>
        new Promise<void>((resolve, reject) => {
          const socket = connect({ host: options.host, port: options.port, noDelay: true });
          let received: Buffer = Buffer.alloc(0);
          socket.on("connect", () => socket.write(next()));
          socket.on("error", reject);
          let done = false;
          socket.on("close", () => (done ? resolve() : reject(new Error("the server closed a connection early"))));
          socket.on("data", (chunk: Buffer) => {
            received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
            const answer = parse(received);
            if (answer === null) return;
            if (answer.status !== options.status && answer.status !== options.sentAway) {
              reject(new Error(`expected ${options.status}, got ${received.toString("utf8")}`));
              socket.destroy();
              return;
            }
            received = received.subarray(answer.length);
            if (answer.status === options.status) answered++;
            if (performance.now() < deadline && sent < most) socket.write(next());
            else {
              done = true;
              socket.end();
            }
          });
        }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  return { requests: answered, seconds, perSecond: answered / seconds };
}

export function encode({ method, path, body }: LoadRequest, host: string): string {
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Status and length of the answer that starts the buffer; null while it is incomplete. */
export function parse(buffer: Buffer): { status: number; length: number } | null {
  const headEnd = buffer.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = buffer.toString("latin1", 0, headEnd);
  const status = Number(head.slice(9, 12));
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const end = buffer.indexOf("0\r\n\r\n", headEnd + 4);
    return end < 0 ? null : { status, length: end + 5 };
  }
  const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const length = headEnd + 4 + bodyLength;
  return buffer.length < length ? null : { status, length };
}
