import { backOff } from "../../shared/contract/back-off.ts";
import { formatOf, MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import { MAX_FOLLOWED } from "../../shared/contract/limits.ts";
import type { Notice, SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { Connection } from "./connection.ts";

/** Waits between tries to connect, in ms; from the second on the manifests are looked at beside each, so they are also how a page polls that gets no WebSocket. */
const WAITS = { base: 500, cap: 10_000 };
/** A socket that said nothing for so long may be dead without our being told, in ms: it is asked, which the edge answers without waking anything. Another time so long, and it is dead. */
const QUIET = 30_000;
/** Models are met one after the other, as a page begins: they are followed together, in ms. */
const SETTLING = 100;
/** Where the visitor saves data, the newest is asked for so often, in ms; it is told on connecting, and waited for so long. */
const SAVING = 60_000;
const GREETING = 3_000;

/** A model that is kept at its newest. */
export type Follower = {
  /** @param receivedAt By performance.now(). @param pushed Whether it was published while we were connected. */
  notice(notice: Notice, receivedAt: number, pushed: boolean): void;
  /** Looks at the manifest. */
  poll(): Promise<unknown>;
};

/**
 * The WebSocket on which the edge tells of new snapshots of the versions that this page decides with, and of changes among versions: one for all models. It is opened again whenever it closes, until
 * `close` or `sleep`; while nobody can see the page, there is none.
 */
export class Live {
  readonly #connection: Connection;
  readonly #followers = new Map<string, readonly [versions: ReadonlyMap<number, unknown>, Follower]>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** Over how many ms the pages of the channel spread when it is lost. */
  #spread = 0;
  #asleep = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Follows a model, or other versions of it. */
  follow(name: string, versions: ReadonlyMap<number, unknown>, follower: Follower): void {
    this.#followers.set(name, [versions, follower]);
    if (this.#failures === 0) this.#after(SETTLING, this.#connect);
  }

  /** There is reason to think that the edge can be reached again. */
  wake(): void {
    this.#asleep = false;
    this.#after(0, this.#connect);
  }

  /** Hangs up until `wake`. */
  sleep(): void {
    this.#asleep = true;
    this.#hangUp();
  }

  close(): void {
    this.#followers.clear();
    this.sleep();
  }

  #after(delay: number, task: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#asleep) this.#timer = setTimeout(task, delay);
  }

  #hangUp(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  readonly #connect = (): void => {
    const followed = [...this.#followers]
      .flatMap(([name, [versions]]) => [...versions.keys()].map((version) => `follow=${name}@${version}`))
      .slice(0, MAX_FOLLOWED)
      .sort()
      .join("&");
    // Nobody waits for snapshots on a server either, which makes a page and is done.
    if (globalThis.document?.hidden !== false || !followed) return;
    const { endpoint, key } = this.#connection;
    // A WebSocket has no headers of ours.
    const url = `${endpoint.replace(/^http/, "ws")}/v1/live?${followed}${key ? `&key=${key}` : ""}`;
    if (this.#socket?.url === url) {
      this.#listen(this.#socket);
      return;
    }
    this.#hangUp();
    const socket = new WebSocket(url);
    this.#socket = socket;
    const greeted = new Set<string>();
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      const receivedAt = performance.now();
      // Only an edge that speaks is connected: one that accepts and hangs up must not be asked again without pause.
      this.#failures = 0;
      this.#connection.report(true);
      this.#listen(socket);
      const notice = parse(data);
      if (!notice) return;
      const { model, version, reconnectWithin = this.#spread } = notice as SnapshotNotice;
      this.#spread = reconnectWithin;
      // The first of a version is what it had been before we came.
      const isPushed = greeted.size === greeted.add(model + version).size;
      this.#followers.get(model)?.[1].notice(notice, receivedAt, isPushed);
    };
    socket.onclose = () => this.#lost(socket);
    this.#listen(socket);
  };

  /** The socket is gone, or says nothing; one that we hung up on is not missed. */
  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#hangUp();
    const isFirst = ++this.#failures < 2;
    const spread = isFirst ? Math.random() * this.#spread : 0;
    this.#after(spread + backOff(this.#failures, Math.random(), WAITS), () => {
      if (!isFirst) for (const [, [, follower]] of this.#followers) follower.poll().catch(() => {});
      this.#connect();
    });
  }

  #listen(socket: WebSocket): void {
    if ((navigator as { connection?: { saveData?: boolean } }).connection?.saveData)
      this.#after(GREETING, () => {
        this.sleep();
        this.#timer = setTimeout(() => this.wake(), SAVING);
      });
    else
      this.#after(QUIET, () => {
        if (socket.readyState === 1) socket.send("ping");
        this.#after(QUIET, () => this.#lost(socket));
      });
  }
}

/** Notices of types and formats that this page does not know are none for it, and no answer to a ping either. */
function parse(data: unknown): Notice | undefined {
  try {
    const notice = JSON.parse(data as string) as Notice;
    formatOf(notice, "notice", MANIFEST_FORMAT);
    return notice.type === "directory" || notice.type === "snapshot" ? notice : undefined;
  } catch {
    return undefined;
  }
}
