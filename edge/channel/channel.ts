import { DurableObject } from "cloudflare:workers";
import type { Directory, Stage } from "../../shared/contract/directory.ts";
import { MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import type { DirectoryNotice, SnapshotNotice } from "../../shared/contract/manifest.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import type { Env } from "../env.ts";
import { NOTICE_DURATION } from "../observe/families.ts";
import { Histogram } from "../observe/histogram.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { type Carrier, Span } from "../observe/span.ts";
import { deadline } from "../storage/clock.ts";
import { readDirectory } from "../storage/directory.ts";
import { inJurisdiction } from "../storage/jurisdiction.ts";
import {
  COALESCING,
  MAX_NETWORK_SOCKETS,
  MAX_SOCKETS,
  MAX_SPREAD,
  SPREAD_PER_SOCKET,
  UNSPREAD_SOCKETS,
} from "./limits.ts";
import { type ChannelCalls, type ChannelStatistics, KEY_HEADER, NETWORK_HEADER } from "./messages.ts";
import { Notices } from "./notices.ts";
import { createTables } from "./schema.ts";
import { POLICY_VIOLATION, SocketKeys } from "./socket-keys.ts";

/** A notice that waits until the pages may be sent another. `told`: number of the snapshot that they were told of last. */
type Held = { notice: SnapshotNotice; live: boolean; told: number | null; traces: Carrier[]; sent: Promise<void> };

/** Tag of the sockets that follow the live version, whichever it is: pages of before, which know of one only. */
const LIVE = "live";
const tagOf = (version: number): string => `version:${version}`;
/** Tag of the sockets of one network. It is kept no longer than they are open. */
const networkTag = (network: string): string => `network:${network}`;

/**
 * Holds WebSockets of a model's pages, which hibernate with the object, and passes on to them what trainers and the registry say.
 * Of a model that has many pages there are several; its name is `model/shard`.
 */
export class Channel extends DurableObject<Env> implements ChannelCalls {
  readonly #notices: Notices;
  readonly #socketKeys: SocketKeys;
  readonly #sentAt = new Map<number, number>();
  readonly #held = new Map<number, Held>();
  readonly #noticeDuration = new Histogram(NOTICE_DURATION.bounds);
  readonly #startedAt = Date.now();

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = inJurisdiction(bindings);
    super(ctx, env);
    createTables(ctx.storage.sql);
    this.#notices = new Notices(ctx.storage.sql);
    this.#socketKeys = new SocketKeys(env.ARTIFACTS);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** A page that wants to know of new snapshots of `?version=N`, or else of the live version. It is told at once which is the newest, and which directory. */
  override async fetch(request: Request): Promise<Response> {
    const asked = new URL(request.url).searchParams.get("version");
    const version = asked === null ? null : Number(asked);
    if (version !== null && !(Number.isSafeInteger(version) && version >= 1))
      return new Response("version must be a whole number from 1", { status: 400 });
    const network = request.headers.get(NETWORK_HEADER);
    if (this.ctx.getWebSockets().length >= MAX_SOCKETS)
      return new Response("this channel has as many pages as it can hold", { status: 503 });
    if (network !== null && this.ctx.getWebSockets(networkTag(network)).length >= MAX_NETWORK_SOCKETS)
      return new Response("this channel has as many pages of one network as it takes", { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    const follows = version === null ? LIVE : tagOf(version);
    this.ctx.acceptWebSocket(server, network === null ? [follows] : [follows, networkTag(network)]);
    SocketKeys.note(server, request.headers.get(KEY_HEADER) ?? "open");
    this.ctx.waitUntil(this.#greet(server, version));
    return new Response(null, { status: 101, webSocket: client });
  }

  /** See ChannelCalls. What is said again, as after a restart of the trainer, is not passed on. */
  async publish(notice: SnapshotNotice, stage: Stage, traces: Carrier[] = []): Promise<void> {
    const { version } = notice;
    const live = stage === "live";
    const told = this.#notices.number(version);
    const isNew = told === null || snapshotNumber(notice) > told;
    if (!isNew && (!live || this.#notices.live === version)) return;
    this.#notices.keep(notice);
    if (live) this.#notices.live = version;
    const sentAt = this.#sentAt.get(version) ?? Number.NEGATIVE_INFINITY;
    const wait = deadline(sentAt + COALESCING, COALESCING) - Date.now();
    const held = this.#held.get(version);
    if (held) Object.assign(held, { notice, live, traces: [...held.traces, ...traces] });
    else if (wait <= 0) return this.#send({ notice, live, told, traces });
    else this.#held.set(version, { notice, live, told, traces, sent: this.#sendLater(version, wait) });
    await this.#held.get(version)!.sent;
  }

  async directory(notice: DirectoryNotice): Promise<void> {
    // Which is live now, the directory says to who asks next.
    this.#notices.live = null;
    this.#notices.directory = notice.directory;
    const sockets = this.ctx.getWebSockets();
    const within = sockets.length <= UNSPREAD_SOCKETS ? 0 : Math.min(sockets.length * SPREAD_PER_SOCKET, MAX_SPREAD);
    sendTo(sockets, { ...notice, within: Math.max(within, notice.within) });
    this.#closeUntaken();
  }

  statistics(): ChannelStatistics {
    return {
      sockets: this.ctx.getWebSockets().length,
      notice: this.#noticeDuration.counted,
      startedAt: this.#startedAt,
      storageBytes: this.ctx.storage.sql.databaseSize,
    };
  }

  /** Pages only listen, and what is sent wakes the object. A `ping` is answered without it. */
  override webSocketMessage(socket: WebSocket): void {
    socket.close(POLICY_VIOLATION, "pages only listen");
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  override webSocketError(): void {
    // A page that is gone; its socket is no longer in the list.
  }

  async #sendLater(version: number, wait: number): Promise<void> {
    await scheduler.wait(wait);
    const held = this.#held.get(version)!;
    this.#held.delete(version);
    this.#send(held);
  }

  /** What the pages know already is what they were told: a step from another snapshot is of no use to them. */
  #send({ notice, live, told, traces }: Omit<Held, "sent">): void {
    const { version, step } = notice;
    this.#sentAt.set(version, Date.now());
    const sockets = this.ctx.getWebSockets(tagOf(version));
    if (live) sockets.push(...this.ctx.getWebSockets(LIVE));
    sendTo(sockets, { ...notice, step: step?.from === told ? step : null, sentAt: Date.now() });
    const seconds = (Date.now() - (notice.delta ?? notice.snapshot).publishedAt) / 1000;
    // What is sent again because it went live is no news.
    if (told === null || snapshotNumber(notice) > told) this.#noticeDuration.add(seconds);
    const fields = { model: this.#model, version, snapshot: snapshotNumber(notice), channel: this.ctx.id.name! };
    for (const trace of traces) Span.of(trace).write("notice", seconds, { ...fields, sockets: sockets.length });
    this.#closeUntaken();
  }

  /** Behind what is sent: pages wait for no look. */
  #closeUntaken(): void {
    const closing = this.#socketKeys
      .close(() => this.ctx.getWebSockets())
      .catch((error: unknown) => {
        const fields = { channel: this.ctx.id.name, ...errorFields(error) };
        writeOutput("warn", "a channel could not look which keys are taken", fields);
      });
    this.ctx.waitUntil(closing);
  }

  async #greet(socket: WebSocket, version: number | null): Promise<void> {
    const notice = await this.#newest(version).catch((error: unknown) => {
      const fields = { channel: this.ctx.id.name, version, ...errorFields(error) };
      writeOutput("warn", "a page could not be told of the newest snapshot", fields);
      return null;
    });
    if (notice) sendTo([socket], { ...notice, sentAt: Date.now() });
    // It may have changed between the page's look at the manifest and its coming here.
    const { directory } = this.#notices;
    if (directory !== null)
      sendTo([socket], { format: MANIFEST_FORMAT, type: "directory", model: this.#model, directory, within: 0 });
  }

  /** The newest notice of a version that serves, or of the live one; null when there is none. */
  async #newest(version: number | null): Promise<SnapshotNotice | null> {
    const known = version ?? this.#notices.live;
    const kept = known === null ? null : this.#notices.of(known);
    if (kept) return kept;
    const serving = await this.#serving();
    const found = serving.find((one) => (version === null ? one.stage === "live" : one.version === version));
    if (!found) return null;
    if (version === null) this.#notices.live = found.version;
    return this.#notices.of(found.version) ?? this.#ask(found.version);
  }

  async #ask(version: number): Promise<SnapshotNotice | null> {
    this.#notices.keep(await this.env.TRAINER.getByName(`${this.#model}@${version}`).notice());
    return this.#notices.of(version);
  }

  async #serving(): Promise<Directory["models"][string]["versions"]> {
    return (await readDirectory(this.env))?.models[this.#model]?.versions ?? [];
  }

  get #model(): string {
    const name = this.ctx.id.name!;
    return name.slice(0, name.lastIndexOf("/"));
  }
}

/** A closing socket refuses; it is gone from the list next time. */
function sendTo(sockets: readonly WebSocket[], notice: SnapshotNotice | DirectoryNotice): void {
  const text = JSON.stringify(notice);
  for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(text);
}
