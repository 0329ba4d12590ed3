import { backOff, retryAfter } from "../../shared/contract/back-off.ts";
import type { BatchResponse, List } from "../../shared/contract/envelope.ts";
import { MAX_BATCH, MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import { BATCH_TIMEOUT, kinds, ofKind, sendAtOnce } from "./batch.ts";
import { BriefBatches, SHORT } from "./brief-batch.ts";
import { now } from "./clock.ts";
import { type Connection, EdgeError } from "./connection.ts";
import type { RejectedEvent } from "./events.ts";
import { exclusively } from "./locks.ts";
import type { Outbox } from "./outbox.ts";
import type { OutboxItem } from "./stores.ts";
import { ENVELOPE_BYTES, NO_KEY } from "./unsent.ts";
import { within } from "./within.ts";

/** How long items are gathered before they are sent, in ms. */
const DEBOUNCE = 50;
const CLOSING = 1000;
/** What is of a format that the edge does not read yet is sent again after so long, in ms: a tab may be open for days, and the edge replaced. */
const UNREAD_PAUSE = 3_600_000;
/** Answers that speak of what was sent; every other one speaks of the sender, the way or the edge, and is tried again. */
const ABOUT_CONTENT = new Set([400, 413, 422]);
/** The same of a batch that is compressed: it may have been its form. */
const ABOUT_PACKING = new Set([400, 415]);

/** When an item is to be sent again, by performance.now(), why, and whether that is soon: else it waits for a newer edge. */
type Aside = { due: number; problem: string; soon: boolean };

/**
 * Brings the outbox to the edge: in order, one tab at a time, each item until it is acknowledged. The edge knows items by their ids, so
 * one whose acknowledgement was lost is sent again and counts once.
 */
export class Sync {
  readonly #outbox: Outbox;
  readonly #connection: Connection;
  readonly #rejected: (event: RejectedEvent) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  /** Items that the edge did not read, by their keys. Others are not held up by them. */
  readonly #aside = new Map<number, Aside>();
  #asideTimer: ReturnType<typeof setTimeout> | undefined;
  /** No try before this time, by the edge's wish (Retry-After), which it answered with this status. */
  #notBefore = 0;
  #refusal = 0;
  readonly #brief = new BriefBatches();
  /** Whether compressed batches were taken so far. */
  #packs = true;
  #closed = false;

  constructor(outbox: Outbox, connection: Connection, rejected: (event: RejectedEvent) => void) {
    this.#outbox = outbox;
    this.#connection = connection;
    this.#rejected = rejected;
  }

  /** Something was put into the outbox. It waits for a try that is already due. */
  schedule(): void {
    if (this.#timer === undefined) this.#start(DEBOUNCE);
  }

  /** There is reason to think that the edge can be reached again: try now, unless it asked for more time. */
  wake(): void {
    if (this.#failures > 0 && this.#running === undefined) this.#start(Math.max(0, this.#notBefore - now()));
  }

  /** Sends now. @throws EdgeError when not everything was acknowledged, or the edge has asked for more time. It stays in the outbox and is tried again. */
  async flush(): Promise<void> {
    // A run under way may have read the outbox before the newest item was in it.
    await this.#running?.catch(() => {});
    const wait = this.#notBefore - now();
    if (wait > 0)
      throw new EdgeError(`the edge asked to be left alone for another ${Math.ceil(wait / 1000)} s`, this.#refusal);
    await this.#run();
  }

  /**
   * The page may go: what it made itself goes out in a request that outlives it, as far as the browser lets it. Storage is not asked before, since a
   * page that goes is not told what it answers. What another run is sending counts once.
   */
  sendFresh(): void {
    if (this.#notBefore > now()) return;
    const { unsent } = this.#outbox;
    sendAtOnce(this.#connection, unsent)
      .then(async (sent) => {
        if (!sent) return;
        const { items, response } = sent;
        await Promise.allSettled(items.map((item) => unsent.items.get(item)));
        // What could not be stored has no key.
        if (response.ok && items.every(({ key }) => key !== NO_KEY))
          await this.#acknowledge(items, await response.json());
      })
      .catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#asideTimer);
    // An answer that is on its way saves sending again; one that is not is not worth waiting for.
    if (this.#running) await within(CLOSING, this.#running).catch(() => {});
  }

  #start(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#run().catch(() => {}), delay);
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running) {
      // Items may have come after this run's last look.
      this.#start(DEBOUNCE);
      return this.#running;
    }
    this.#running = exclusively(`edgewise sync ${this.#connection.endpoint}`, () => this.#drain()).then(
      () => {
        this.#running = undefined;
        this.#failures = 0;
      },
      (error) => {
        this.#running = undefined;
        this.#failures++;
        this.#start(Math.max(backOff(this.#failures, Math.random()), this.#notBefore - now()));
        throw error;
      },
    );
    return this.#running;
  }

  async #drain(): Promise<void> {
    while (!this.#closed) {
      const items = await this.#outbox.oldest(MAX_BATCH, MAX_BODY_BYTES - ENVELOPE_BYTES, this.#notDue());
      if (items.length === 0) {
        const left = await this.#outbox.totals();
        const soon = [...this.#aside.values()].find(({ soon }) => soon);
        const why = soon ? `the edge asks for part of a batch again: ${soon.problem}` : this.#outbox.cutOff;
        // Another tab may have sent it meanwhile.
        if (why && left.items > 0) throw new EdgeError(why, 200);
        return;
      }
      await this.#send(items);
    }
  }

  /** Keys of what was set aside, and is not to be sent yet. */
  #notDue(): ReadonlySet<number> {
    const now = performance.now();
    for (const [key, { due }] of this.#aside) if (due <= now) this.#aside.delete(key);
    return new Set(this.#aside.keys());
  }

  async #send(items: OutboxItem[]): Promise<void> {
    const body = await this.#brief.body(items);
    const packed = this.#packs && body.length > SHORT ? await gzip(body) : null;
    const response = await this.#post(packed ?? body);
    // Something on the way, or an edge of a release before: the items are not to blame.
    if (packed && ABOUT_PACKING.has(response.status)) {
      this.#packs = false;
      return this.#send(items);
    }
    if (response.ok) return this.#acknowledge(items, await response.json().catch(() => undefined));
    if (!ABOUT_CONTENT.has(response.status)) {
      this.#notBefore = now() + retryAfter(response.headers.get("retry-after"), Date.now());
      this.#refusal = response.status;
      throw new EdgeError(`the edge answered a batch with ${response.status}`, response.status);
    }
    if (items.length === 1) {
      const problem = await response.text().catch(() => "");
      await this.#outbox.remove(items);
      this.#reject(items[0]!, `the edge answered ${response.status}: ${problem.slice(0, 500)}`);
      return;
    }
    // One item spoils the others: find it.
    const half = items.length >> 1;
    await this.#send(items.slice(0, half));
    await this.#send(items.slice(half));
  }

  #post(body: string | Blob): Promise<Response> {
    return this.#connection.request("/v1/batch", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(typeof body !== "string" && { "content-encoding": "gzip" }),
      },
      body,
      timeout: BATCH_TIMEOUT,
    });
  }

  async #acknowledge(items: OutboxItem[], answer: unknown): Promise<void> {
    const { accepted, duplicates, rejected, unread = [], wanted } = (answer ?? {}) as Partial<BatchResponse>;
    const said = (accepted ?? 0) + (duplicates ?? 0) + (rejected?.length ?? 0) + unread.length;
    if (!Array.isArray(rejected) || said !== items.length)
      // Such as the log-in page of a network, or an edge of another version.
      throw new EdgeError("the edge answered a batch with something else than what it took", 200);
    if (wanted) this.#brief.wanted(wanted);
    const at = ({ list, index }: { list: List; index: number }) => ofKind(items, kinds[list])[index];
    const kept = new Set(unread.map(at));
    await this.#outbox.remove(items.filter((item) => !kept.has(item)));
    for (const place of rejected) {
      const item = at(place);
      if (item) this.#reject(item, place.problem);
    }
    for (const { problem, retryAfter, ...place } of unread) {
      const item = at(place);
      if (!item) continue;
      const soon = retryAfter !== undefined;
      const pause = soon ? retryAfter * 1000 : UNREAD_PAUSE;
      this.#aside.set(item.key, { due: performance.now() + pause, problem, soon });
      if (soon) this.#notBefore = Math.max(this.#notBefore, now() + pause);
      else this.#waitForNewer(problem);
    }
  }

  /** Sees to it that what is for a newer edge is sent again. */
  #waitForNewer(problem: string): void {
    if (this.#asideTimer !== undefined) return;
    console.warn(`edgewise: the outbox waits for a newer edge (${problem})`);
    this.#asideTimer = setTimeout(() => {
      this.#asideTimer = undefined;
      this.#aside.clear();
      this.schedule();
    }, UNREAD_PAUSE);
  }

  #reject({ kind, id }: OutboxItem, problem: string): void {
    console.warn(`edgewise: the edge did not take the ${kind} ${id}: ${problem}`);
    this.#rejected({ kind, id, problem });
  }
}

/** @returns null in a browser that cannot compress. */
async function gzip(text: string): Promise<Blob | null> {
  if (typeof CompressionStream === "undefined") return null;
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
}
