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
  /** Most connections: who comes when none is free waits for one, and its time runs. A process has some 20,000 files, on either side. */
  connections: number;
  /** Ends the waiting for what is not answered so long after the last was sent, ms. */
  patience: number;
};

/** How often it looks what is due, ms. */
const TICK = 5;

/**
 * An open load: requests are sent at a rate, whether or not earlier ones were answered, as visitors do. Each takes a connection that is idle, or a new one up to a bound. It writes
 * to bare sockets, for the reason that load.ts gives.
 */
export async function openLoad(options: OpenLoadOptions): Promise<Offered[]> {
  const { seconds, perSecond, request, patience, host, port, connections } = options;
  const offered: Offered[] = [];
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const started = performance.now();
  const dueAt = (n: number): number => started + (n / perSecond) * 1000;
  /** Whose turn it was, and who has no connection yet. */
  const waiting: number[] = [];
  const ask = (n: number, connection: Connection): void => {
    all.add(connection);
    connection.ask(encode(request(n), host), (status) => {
      offered.push({ n, status, ms: performance.now() - dueAt(n) });
      if (status === 0) all.delete(connection);
      const next = waiting.shift();
      if (next !== undefined) ask(next, status === 0 ? new Connection(host, port) : connection);
      else if (status !== 0) idle.push(connection);
    });
  };
  const total = Math.round(seconds * perSecond);
  for (let sent = 0; sent < total; await setTimeout(TICK)) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond));
    for (; sent < due; sent++) {
      const connection = idle.pop() ?? (all.size < connections ? new Connection(host, port) : null);
      if (connection) ask(sent, connection);
      else waiting.push(sent);
    }
  }
  const end = performance.now() + patience;
  while (offered.length < total && performance.now() < end) await setTimeout(TICK);
  for (const n of waiting.splice(0)) offered.push({ n, status: 0, ms: performance.now() - dueAt(n) });
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
