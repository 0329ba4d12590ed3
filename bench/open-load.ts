import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { encode, type LoadRequest, parse } from "./load.ts";

/** What became of a request. `status`: 0 when there was no answer; `ms`: from when it was due, whether or not the generator was in time. */
export type Offered = { n: number; status: number; ms: number };

export type OpenLoadOptions = {
  host: string;
  port: number;
  seconds: number;
  perSecond: number;
  /** The n-th request. */
  request: (n: number) => LoadRequest;
  /** Ends the waiting for what is not answered so long after the last was sent, ms. */
  patience: number;
};

/** How often it looks what is due, ms. */
const TICK = 5;

/**
 * An open load: requests are sent at a rate, whether or not earlier ones were answered, as visitors do. Each takes a connection that is idle, or a new one. It writes
 * to bare sockets, for the reason that load.ts gives.
 */
export async function openLoad(options: OpenLoadOptions): Promise<Offered[]> {
  const { seconds, perSecond, request, patience, host, port } = options;
  const offered: Offered[] = [];
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const started = performance.now();
  const total = Math.round(seconds * perSecond);
  for (let sent = 0; sent < total; await setTimeout(TICK)) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond));
    for (; sent < due; sent++) {
      const n = sent;
      const dueAt = started + (n / perSecond) * 1000;
      const connection = idle.pop() ?? new Connection(host, port);
      all.add(connection);
      connection.ask(encode(request(n), host), (status) => {
        offered.push({ n, status, ms: performance.now() - dueAt });
        if (status === 0) all.delete(connection);
        else idle.push(connection);
      });
    }
  }
  const end = performance.now() + patience;
  while (offered.length < total && performance.now() < end) await setTimeout(TICK);
  for (const connection of all) connection.close();
  while (offered.length < total) await setTimeout(TICK);
  return offered;
}

/** A connection with at most one request under way. */
class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #answered: ((status: number) => void) | null = null;

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#end(0));
    this.#socket.on("data", (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      const answer = parse(this.#received);
      if (answer === null) return;
      this.#received = this.#received.subarray(answer.length);
      this.#end(answer.status);
    });
  }

  ask(text: string, answered: (status: number) => void): void {
    this.#answered = answered;
    if (this.#socket.destroyed) this.#end(0);
    else this.#socket.write(text);
  }

  close(): void {
    this.#socket.destroy();
  }

  #end(status: number): void {
    const answered = this.#answered;
    this.#answered = null;
    answered?.(status);
  }
}
