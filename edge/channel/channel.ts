import { DurableObject } from "cloudflare:workers";
import type { Stage } from "../../shared/contract/directory.ts";
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
import { followers, followOf, modelFollowers, modelOf, tagsOf, versionOf } from "./follows.ts";
import {
  COALESCING,
  MAX_NETWORK_SOCKETS,
  MAX_RECONNECT_SPREAD,
  MAX_SOCKETS,
  MAX_SPREAD,
  SPREAD_PER_SOCKET,
  UNSPREAD_SOCKETS,
} from "./limits.ts";
import { type ChannelCalls, type ChannelStatistics, KEY_HEADER, NETWORK_HEADER } from "./messages.ts";
import { Notices } from "./notices.ts";
import { type ChannelStub, Relays } from "./relays.ts";
import { createTables } from "./schema.ts";
import { POLICY_VIOLATION, SocketKeys, TRY_AGAIN_LATER } from "./socket-keys.ts";

/** A notice that waits until the pages may be sent another. `told`: number of the snapshot that they were told of last. */
type Held = { notice: SnapshotNotice; stage: Stage; told: number | null; traces: Carrier[]; sent: Promise<void> };

/** Tag of the sockets of one network. It is kept no longer than they are open. */
const networkTag = (network: string): string => `network:${network}`;
/** So many pages spread what they would do at once over so many ms. */
const spread = (sockets: number, most: number): number =>
  sockets <= UNSPREAD_SOCKETS ? 0 : Math.min(sockets * SPREAD_PER_SOCKET, most);

/**
 * Holds WebSockets of pages, which hibernate with the object, and passes on to them what trainers and the registry say of a model, and what other channels pass on (relays.ts): a page has one socket for all of its
 * models. Of a model that has many pages there are several channels; one's name is `model/shard`.
 */
export class Channel extends DurableObject<Env> implements ChannelCalls {
  readonly #notices: Notices;
  readonly #socketKeys: SocketKeys;
  readonly #relays: Relays;
  /** Models of which other channels pass on to this one. */
  readonly #asked = new Map<string, Promise<void>>();
  /** By what was told of. */
  readonly #sentAt = new Map<string, number>();
  readonly #held = new Map<string, Held>();
  readonly #noticeDuration = new Histogram(NOTICE_DURATION.bounds);
  readonly #startedAt = Date.now();

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = inJurisdiction(bindings);
    super(ctx, env);
    createTables(ctx.storage.sql);
    this.#notices = new Notices(ctx.storage.sql);
    this.#socketKeys = new SocketKeys(env.ARTIFACTS);
    this.#relays = new Relays(ctx.storage.sql, env.CHANNEL);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /**
   * A page that wants to know of new snapshots: of what each `?follow=` names or, as pages of before, of `?version=N` or else the live version of this model. It is told at once which is the newest of each, and which
   * directory.
   */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const version = searchParams.get("version");
    const asked = searchParams.getAll("follow");
    const follows = asked.length > 0 ? [...new Set(asked)] : [`${this.#model}@${version ?? "live"}`];
    const isNone = (follow: string) => {
      const number = versionOf(follow);
      return number !== null && !(Number.isSafeInteger(number) && number >= 1);
    };
    if (follows.some(isNone)) return new Response("version must be a whole number from 1", { status: 400 });
    const network = request.headers.get(NETWORK_HEADER);
    if (this.ctx.getWebSockets().length >= MAX_SOCKETS)
      return new Response("this channel has as many pages as it can hold", { status: 503 });
    if (network !== null && this.ctx.getWebSockets(networkTag(network)).length >= MAX_NETWORK_SOCKETS)
      return new Response("this channel has as many pages of one network as it takes", { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [...tagsOf(follows), ...(network === null ? [] : [networkTag(network)])]);
    SocketKeys.note(server, request.headers.get(KEY_HEADER) ?? "open", follows);
    for (const follow of follows) this.ctx.waitUntil(this.#greet(server, follow));
    return new Response(null, { status: 101, webSocket: client });
  }

  /** See ChannelCalls. What is said again, as after a restart of the trainer, is not passed on to pages. */
  async publish(notice: SnapshotNotice, stage: Stage, traces: Carrier[] = []): Promise<boolean> {
    const { model, version } = notice;
    const name = followOf(model, version);
    const live = stage === "live";
    const told = this.#notices.number(model, version);
    const isNew = told === null || snapshotNumber(notice) > told;
    // It may not have come to all relays.
    if (!isNew && (!live || this.#notices.live(model) === version)) {
      await this.#passOn(model, (relay) => relay.publish(notice, stage));
      return this.#isFollowed(model, version);
    }
    this.#notices.keep(notice);
    if (live) this.#notices.setLive(model, version);
    const sentAt = this.#sentAt.get(name) ?? Number.NEGATIVE_INFINITY;
    const wait = deadline(sentAt + COALESCING, COALESCING) - Date.now();
    const held = this.#held.get(name);
    if (held) Object.assign(held, { notice, stage, traces: [...held.traces, ...traces] });
    else if (wait <= 0) await this.#send({ notice, stage, told, traces });
    else this.#held.set(name, { notice, stage, told, traces, sent: this.#sendLater(name, wait) });
    await this.#held.get(name)?.sent;
    return this.#isFollowed(model, version);
  }

  async directory(notice: DirectoryNotice): Promise<boolean> {
    const { model } = notice;
    // Which is live now, the directory says to who asks next.
    this.#notices.setLive(model, null);
    this.#notices.setDirectory(model, notice.directory);
    const sockets = modelFollowers(this.ctx, model);
    sendTo(sockets, { ...notice, within: Math.max(spread(sockets.length, MAX_SPREAD), notice.within) });
    this.#closeUntaken();
    await this.#passOn(model, (relay) => relay.directory(notice));
    return sockets.length > 0;
  }

  async relayTo(channel: string): Promise<number | null> {
    this.#relays.add(channel);
    return this.#notices.directory(this.#model);
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

  async #sendLater(name: string, wait: number): Promise<void> {
    await scheduler.wait(wait);
    const held = this.#held.get(name)!;
    this.#held.delete(name);
    await this.#send(held);
  }

  /** What the pages know already is what they were told: a step from another snapshot is of no use to them. */
  async #send({ notice, stage, told, traces }: Omit<Held, "sent">): Promise<void> {
    const { model, version, step } = notice;
    this.#sentAt.set(followOf(model, version), Date.now());
    const sockets = followers(this.ctx, followOf(model, version));
    if (stage === "live") sockets.push(...followers(this.ctx, followOf(model, "live")));
    sendTo(sockets, { ...notice, step: step?.from === told ? step : null, ...this.#stamp() });
    const seconds = (Date.now() - (notice.delta ?? notice.snapshot).publishedAt) / 1000;
    // What is sent again because it went live is no news.
    if (told === null || snapshotNumber(notice) > told) this.#noticeDuration.add(seconds);
    const fields = { model, version, snapshot: snapshotNumber(notice), channel: this.ctx.id.name! };
    for (const trace of traces) Span.of(trace).write("notice", seconds, { ...fields, sockets: sockets.length });
    this.#closeUntaken();
    await this.#passOn(model, (relay) => relay.publish(notice, stage));
  }

  /** What is said with a notice when it is sent. */
  #stamp(): Pick<SnapshotNotice, "sentAt" | "reconnectWithin"> {
    return {
      reconnectWithin: spread(this.ctx.getWebSockets().length, MAX_RECONNECT_SPREAD),
      sentAt: Date.now(),
    };
  }

  /** To the channels whose pages follow this one's model; what was passed on to this one goes no further. */
  async #passOn(model: string, what: (relay: ChannelStub) => Promise<boolean>): Promise<void> {
    if (model === this.#model) await this.#relays.tell(what);
  }

  /** Whether anybody here follows another's model: who passes on to this channel is told, and ends it where nobody does. @param version that may be followed. */
  #isFollowed(model: string, version: number): boolean {
    if (model === this.#model) return true;
    const isFollowed =
      followers(this.ctx, followOf(model, version)).length > 0 || modelFollowers(this.ctx, model).length > 0;
    if (!isFollowed) this.#asked.delete(model);
    return isFollowed;
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

  async #greet(socket: WebSocket, follow: string): Promise<void> {
    const [model, version] = [modelOf(follow), versionOf(follow)];
    const failed = (what: string) => (error: unknown) => {
      writeOutput("warn", what, { channel: this.ctx.id.name, follow, ...errorFields(error) });
      return null;
    };
    try {
      await this.#askFor(model);
    } catch (error) {
      failed("a page could not follow a model")(error);
      // It would not be told of it: so it comes again.
      socket.close(TRY_AGAIN_LATER, "not now");
      return;
    }
    const notice = await this.#newest(model, version).catch(failed("a page could not be told of the newest snapshot"));
    if (notice) sendTo([socket], { ...notice, ...this.#stamp() });
    // It may have changed between the page's look at the manifest and its coming here.
    const directory = this.#notices.directory(model);
    if (directory !== null)
      sendTo([socket], { format: MANIFEST_FORMAT, type: "directory", model, directory, within: 0 });
  }

  /** Asks the channel of another model to pass on what it is told. */
  #askFor(model: string): Promise<void> {
    if (model === this.#model) return Promise.resolve();
    const name = this.ctx.id.name!;
    const known = this.#asked.get(model);
    if (known) return known;
    const shard = name.slice(name.lastIndexOf("/"));
    const asking = this.env.CHANNEL.getByName(model + shard)
      .relayTo(name)
      .then(
        (directory) => {
          // What this channel knew of it from before may be old by now.
          this.#notices.forget(model);
          if (directory !== null) this.#notices.setDirectory(model, directory);
        },
        (error: unknown) => {
          this.#asked.delete(model);
          throw error;
        },
      );
    this.#asked.set(model, asking);
    return asking;
  }

  /** The newest notice of a version that serves, or of the live one; null when there is none. */
  async #newest(model: string, version: number | null): Promise<SnapshotNotice | null> {
    const known = version ?? this.#notices.live(model);
    const kept = known === null ? null : this.#notices.of(model, known);
    if (kept) return kept;
    const serving = (await readDirectory(this.env))?.models[model]?.versions ?? [];
    const found = serving.find((one) => (version === null ? one.stage === "live" : one.version === version));
    if (!found) return null;
    if (version === null) this.#notices.setLive(model, found.version);
    return this.#notices.of(model, found.version) ?? this.#ask(model, found.version);
  }

  async #ask(model: string, version: number): Promise<SnapshotNotice | null> {
    this.#notices.keep(await this.env.TRAINER.getByName(`${model}@${version}`).notice());
    return this.#notices.of(model, version);
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
