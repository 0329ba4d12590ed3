import { COALESCING } from "../../edge/channel/limits.ts";
import { DELIVERY_DELAY } from "../../edge/log/limits.ts";
import { SLICE_LIMIT } from "../../edge/training/limits.ts";
import { Pacing } from "../../edge/training/pacing.ts";
import { MAX_BATCH } from "../../shared/contract/limits.ts";
import { quantile } from "../quantile.ts";
import { Events, Thread } from "./events.ts";
import type { Times } from "./measured.ts";

/** A model's load on an edge. */
export type Load = {
  /** A second, of all pages. Each has feedback. */
  decisions: number;
  /** Open pages, each with a socket. */
  pages: number;
  partitions: number;
  channels: number;
  /** Whether each object has a thread of its own, as on the platform, or all and the Worker share one, as on one machine. */
  threads: "own" | "one";
};

/** Seconds of a run that count; those before them fill the queues. */
export type Span = { warm: number; counted: number };

export type Outcome = {
  /** Batches a second, and items in each. */
  batches: number;
  batchItems: number;
  /** From a page's sending to its acknowledgement, ms. */
  acknowledged: Quantiles;
  /** From feedback's being in the log to the publication that has learned it, ms. */
  published: Quantiles;
  /** From a visitor's feedback to when the last page was sent that publication, ms. */
  told: Quantiles;
  /** Share of their time that threads work: the busiest partition, the trainer, the busiest channel, and all together. Over 1: more comes than can be done. */
  busy: { partition: number; trainer: number; channel: number; all: number };
  /** A second: calls of the busiest partition, calls of the trainer, publications, notices that a channel sends. */
  partitionCalls: number;
  trainerCalls: number;
  publications: number;
  notices: number;
  /** Whether more came than could be done: of what came in the second half a twentieth was left in no publication, or a thread was more than a second behind. */
  grows: boolean;
};
export type Quantiles = { p50: number; p99: number };

/** A page's debounce, ms (web/client/sync.ts). */
export const DEBOUNCE = 50;
/** Mean time from a decision to its feedback, ms. */
export const THINKING = 3000;

type Item = { feedback: boolean; at: number };
type Logged = { at: number; loggedAt: number };

/**
 * Pages that decide and reward at random, batches, partitions that append and hand out slices, a trainer that learns and publishes at the pace of edge/training/pacing.ts, and channels that tell
 * pages. Arrivals are Poisson; how long each thing takes is measured (measured.ts), and does not vary.
 * @param random of the unit interval, seeded: the same seed gives the same outcome.
 */
export function simulate(load: Load, times: Times, span: Span, random: () => number): Outcome {
  const events = new Events();
  const shared = load.threads === "one" ? new Thread(events) : null;
  const thread = () => shared ?? new Thread(events);
  const partitions = Array.from({ length: load.partitions }, () => ({
    thread: thread(),
    calls: 0,
    /** What no slice had yet. */
    waiting: [] as Logged[],
    pushing: false,
  }));
  const trainer = thread();
  const channels = Array.from({ length: load.channels }, thread);
  const { hop, commit, store } = shared ? times.oneMachine : times.platform;
  const network = shared ? times.network.oneMachine : times.network.platform;
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const from = span.warm * 1000;
  const counts = { batches: 0, items: 0, trainerCalls: 0, publications: 0 };
  const delays = { acknowledged: [] as number[], published: [] as number[], told: [] as number[] };
  const isCounted = () => events.now >= from;

  /** Pages by number: what they have not sent, and whether a batch is under way. Those that did nothing are not there. */
  const pages = new Map<number, { items: Item[]; sending: boolean }>();
  function happens(page: number, item: Item): void {
    const one = pages.get(page) ?? { items: [], sending: false };
    pages.set(page, one);
    one.items.push(item);
    if (one.sending) return;
    one.sending = true;
    events.after(DEBOUNCE, () => send(page));
  }
  function send(page: number): void {
    const one = pages.get(page)!;
    const items = one.items.splice(0, MAX_BATCH);
    if (items.length === 0) {
      pages.delete(page);
      return;
    }
    const sentAt = events.now;
    if (isCounted()) {
      counts.batches++;
      counts.items += items.length;
    }
    const decided = items.filter(({ feedback }) => !feedback).length;
    const cost = times.worker.call + (decided > 0 ? times.worker.claims + decided * times.worker.decision : 0);
    const answered = () => {
      if (isCounted()) delays.acknowledged.push(events.now - sentAt);
      send(page);
    };
    const toPartition = () => events.after(hop, () => append(page, items, () => events.after(hop + network, answered)));
    // On the platform isolates are as many as it takes: the Worker's work is a delay, and no queue.
    events.after(network, () => (shared ? shared.work(cost, toPartition) : events.after(cost, toPartition)));
  }

  function append(page: number, items: Item[], done: () => void): void {
    const partition = partitions[page % partitions.length]!;
    if (isCounted()) partition.calls++;
    const cost = times.partition.call + items.length * times.partition.item;
    // A commit waits for the disk with its thread on one machine, and on the platform behind it.
    const [held, behind] = shared ? [commit, 0] : [0, commit];
    partition.thread.work(cost + held, () =>
      events.after(behind, () => {
        done();
        for (const { feedback, at } of items) if (feedback) partition.waiting.push({ at, loggedAt: events.now });
        if (partition.waiting.length > 0) push(partition, DELIVERY_DELAY);
      }),
    );
  }

  function push(partition: (typeof partitions)[number], delay: number): void {
    if (partition.pushing) return;
    partition.pushing = true;
    events.after(delay, () => {
      const slice = partition.waiting.splice(0, SLICE_LIMIT);
      partition.thread.work(slice.length * times.partition.read, () =>
        events.after(hop, () => {
          if (isCounted()) counts.trainerCalls++;
          trainer.work(slice.length * times.trainer.learn, () => {
            learned.push(...slice);
            examples += slice.length;
            pacing.moved(events.now);
            plan();
            events.after(hop, () => {
              partition.pushing = false;
              if (partition.waiting.length > 0) push(partition, 0);
            });
          });
        }),
      );
    });
  }

  const pacing = new Pacing();
  let examples = 0;
  let published = 0;
  let learned: Logged[] = [];
  let planned = Number.POSITIVE_INFINITY;
  let publishing = false;
  function plan(): void {
    if (publishing) return;
    const due = Math.max(events.now, pacing.due(examples, published));
    if (due >= planned) return;
    planned = due;
    events.after(due - events.now, () => {
      if (publishing || due !== planned) return;
      publish();
    });
  }
  function publish(): void {
    [publishing, planned] = [true, Number.POSITIVE_INFINITY];
    const news = learned;
    learned = [];
    published = examples;
    pacing.begun();
    const started = events.now;
    // What it costs the thread is in what an example costs.
    events.after(store, () => {
      pacing.published(started, events.now);
      publishing = false;
      for (const { loggedAt } of news) if (isCounted()) delays.published.push(events.now - loggedAt);
      if (isCounted()) counts.publications++;
      tell(news);
      if (learned.length > 0) plan();
    });
  }

  const toldAt = channels.map(() => Number.NEGATIVE_INFINITY);
  const sockets = load.pages / load.channels;
  function tell(news: Logged[]): void {
    let left = channels.length;
    channels.forEach((channel, n) => {
      events.after(hop, () => {
        const wait = Math.max(0, toldAt[n]! + COALESCING - events.now);
        toldAt[n] = events.now + wait;
        events.after(wait, () =>
          channel.work(times.channel.notice + sockets * times.channel.socket, () => {
            if (--left > 0 || !isCounted()) return;
            for (const { at } of news) delays.told.push(events.now + network - at);
          }),
        );
      });
    });
  }

  function decides(): void {
    const page = Math.floor(random() * load.pages);
    happens(page, { feedback: false, at: events.now });
    events.after(exponential(THINKING), () => happens(page, { feedback: true, at: events.now }));
    events.after(exponential(1000 / load.decisions), decides);
  }
  decides();
  const backlog = () => partitions.reduce((sum, { waiting }) => sum + waiting.length, 0) + learned.length;
  const threads = () => [...partitions.map((partition) => partition.thread), trainer, ...channels];
  const busyOf = (list: Thread[]) => Math.max(...list.map(({ busy }) => busy));
  const busy = () => ({
    partition: busyOf(partitions.map(({ thread }) => thread)),
    trainer: trainer.busy,
    channel: busyOf(channels),
    all: shared?.busy ?? 0,
  });
  events.runUntil(from);
  const before = busy();
  events.runUntil(from + span.counted * 500);
  const half = backlog();
  events.runUntil(from + span.counted * 1000);
  const after = busy();
  const ms = span.counted * 1000;
  const share = (of: keyof typeof before) => (after[of] - before[of]) / ms;
  return {
    batches: counts.batches / span.counted,
    batchItems: counts.items / counts.batches,
    acknowledged: quantiles(delays.acknowledged),
    published: quantiles(delays.published),
    told: quantiles(delays.told),
    busy: { partition: share("partition"), trainer: share("trainer"), channel: share("channel"), all: share("all") },
    partitionCalls: Math.max(...partitions.map(({ calls }) => calls)) / span.counted,
    trainerCalls: counts.trainerCalls / span.counted,
    publications: counts.publications / span.counted,
    notices: (counts.publications / span.counted) * sockets,
    grows:
      backlog() - half > 0.05 * load.decisions * (span.counted / 2) || threads().some(({ backlog }) => backlog > 1000),
  };
}

export function quantiles(values: number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}
