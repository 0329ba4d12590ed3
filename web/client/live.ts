import { backOff } from "../../shared/contract/back-off.ts";
import { formatOf, MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import type { Notice } from "../../shared/contract/manifest.ts";
import type { Connection } from "./connection.ts";

/** Waits between tries to connect, in ms; the manifest is looked at before each, so they are also how a page polls that gets no WebSocket. */
const WAITS = { base: 500, cap: 10_000 };
/** A socket that said nothing for so long may be dead without our being told, in ms: the manifest shows. */
const QUIET = 60_000;

type Hooks = {
  /** @param receivedAt By performance.now(). @param pushed Whether it was published while we were connected. */
  notice(notice: Notice, receivedAt: number, pushed: boolean): void;
  /** Looks at the manifest. Resolves to whether something in it was new. */
  poll(): Promise<boolean>;
};

/** The WebSocket on which the edge tells of new snapshots of one version of a model, and of changes among the versions; opened again whenever it closes, until `close`. */
export class Live {
  readonly #model: string;
  readonly #version: number;
  readonly #connection: Connection;
  readonly #hooks: Hooks;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = false;

  constructor(model: string, version: number, connection: Connection, hooks: Hooks) {
    this.#model = model;
    this.#version = version;
    this.#connection = connection;
    this.#hooks = hooks;
    this.#connect();
  }

  /** There is reason to think that the edge can be reached again. */
  wake(): void {
    if (this.#socket === undefined && this.#timer !== undefined) this.#retry(0);
  }

  /** Hangs up until `wake`. */
  sleep(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#retry(WAITS.cap);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #connect(): void {
    const { endpoint, key } = this.#connection;
    // A WebSocket has no headers of ours.
    const query = new URLSearchParams({ version: String(this.#version), ...(key !== undefined && { key }) });
    const socket = new WebSocket(`${endpoint.replace(/^http/, "ws")}/v1/models/${this.#model}/live?${query}`);
    this.#socket = socket;
    let messages = 0;
    socket.onmessage = ({ data }) => {
      if (this.#closed) return;
      const receivedAt = performance.now();
      // Only an edge that speaks is connected: one that accepts and hangs up must not be asked again without pause.
      this.#failures = 0;
      this.#connection.report(true);
      this.#listen(socket);
      const notice = parse(data);
      if (notice?.model === this.#model) this.#hooks.notice(notice, receivedAt, messages++ > 0);
    };
    socket.onclose = () => {
      // One that we hung up on is not missed.
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#retry(backOff(++this.#failures, Math.random(), WAITS));
    };
    this.#listen(socket);
  }

  #retry(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      this.#timer = undefined;
      await this.#hooks.poll().catch(() => {});
      if (!this.#closed && this.#socket === undefined) this.#connect();
    }, delay);
  }

  #listen(socket: WebSocket): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const missed = await this.#hooks.poll().catch(() => true);
      if (this.#closed || this.#socket !== socket) return;
      if (missed) socket.close();
      else this.#listen(socket);
    }, QUIET);
  }
}

/** Notices of types and formats that this page does not know are none for it: the manifest shows, in the end. */
function parse(data: unknown): Notice | undefined {
  try {
    const notice = JSON.parse(data as string) as Notice;
    formatOf(notice, "notice", MANIFEST_FORMAT);
    if (notice.type === "directory") return notice;
    return notice.type === "snapshot" && typeof notice.snapshot.sha256 === "string" ? notice : undefined;
  } catch {
    return undefined;
  }
}
