import { Channel } from "../edge/channel/channel.ts";
import { ArchiveReader } from "../edge/log/archive-reader.ts";
import { Partition } from "../edge/log/partition.ts";
import { heartbeat } from "../edge/registry/heartbeat.ts";
import { Registry } from "../edge/registry/registry.ts";
import { Trainer } from "../edge/training/trainer.ts";
import { Callers } from "./callers.ts";
import { archivedRows, check, isQuiet, MAX_SKEW, remembers } from "./check.ts";
import { takeBatch } from "./door.ts";
import { Ledger } from "./ledger.ts";
import { Mirror } from "./mirror.ts";
import { Operator } from "./operator.ts";
import { Page } from "./page.ts";
import type { Parts } from "./parts.ts";
import { chancesOf, NO_CHANCES } from "./platform/chances.ts";
import { replaceFetch } from "./platform/network.ts";
import type { ObjectClass } from "./platform/objects.ts";
import { Platform } from "./platform/platform.ts";
import { type Injected, World } from "./platform/world.ts";
import { drawnReward } from "./records.ts";
import { PRESSED_MEGABYTES, ROOMY_MEGABYTES } from "./scaled.ts";
import type { Trouble } from "./troubles.ts";

/** What became of one seed. */
export type Result = {
  seed: number;
  points: number;
  crashes: number;
  /** Other faults than crashes. */
  faults: number;
  records: number;
  examples: number;
  /** Examples that trainers set aside, having ended too often while they learned them. */
  setAside: number;
  /** Rows that went into the archive, and were not taken out of it again; units that were erased. */
  archived: number;
  erased: number;
  /** What the world came to: two runs of a seed have the same. */
  hash: string;
  /** What must never be, and was; none when all is well. */
  violations: string[];
  injected: Injected[];
  /** What operators would have seen last, and all that they would have seen, each line once. */
  lines: string[];
  said: string[];
};

export type Options = {
  seed: number;
  /** How many points where something may be ended there are before it becomes calm. */
  steps: number;
  /** Faults that may come to pass, by their draw; null: all. */
  only?: ReadonlySet<number> | null;
  onTrace?: ((line: string) => void) | null;
  /** Two troubles that come in place of what chance has in store. */
  troubles?: readonly [Trouble, Trouble] | null;
};

const CLASSES = {
  PARTITION: Partition,
  ARCHIVE_READER: ArchiveReader,
  TRAINER: Trainer,
  REGISTRY: Registry,
  CHANNEL: Channel,
} as unknown as Record<string, ObjectClass>;
/** Mean time between two things that happen outside, ms. */
const PACE = 120;
/** How long it may take until all that was sent is learned and published, when nothing goes wrong any more, ms. */
const CALM = 15 * 60_000;
/** How often it is looked whether it is, ms, and how often it must be so: the longest wait of a model is over by then, also where the log's time goes slower. */
const LOOK = 5000;
const QUIET_LOOKS = 10;
/** The cron trigger's interval, ms. */
const HEARTBEAT = 60_000;
/** How many seeds have rows going into the archive while they may still be joined; and how many a time in which nobody does anything, ms, after which the retention of what was before is over. */
const PRESSED = 0.7;
const STANDS_STILL = 0.25;
const STILL = 36 * 3_600_000;
/** For how long a page is off line at most, ms: for longer than a model waits for it, and for longer than it waits for any. */
const OFF_LINE = 60_000;

/** Simulates a seed: an edge with its pages, callers and operator, in which everything may fail at every point; and then, in a calm, what became of it. */
export async function simulate({
  seed,
  steps,
  only = null,
  onTrace = null,
  troubles = null,
}: Options): Promise<Result> {
  const world = new World(seed, only, onTrace);
  World.current = world;
  const unhandled = (error: unknown) =>
    world.violated(`nobody took an error: ${error instanceof Error ? error.stack : error}`);
  process.on("unhandledRejection", unhandled);
  const partitions = 1 + Math.floor(world.fate() * 3);
  const standsStill = !troubles && world.fate() < STANDS_STILL;
  const platform = new Platform(CLASSES, {
    PARTITIONS: `${partitions}`,
    PARTITION_MEGABYTES: world.fate() < PRESSED ? PRESSED_MEGABYTES : ROOMY_MEGABYTES,
    ...(standsStill && { RETENTION_DAYS: "1" }),
    CHANNELS: "1",
    SNAPSHOT_DAYS: "7",
    DEAD_LETTER_DAYS: "30",
  });
  const ledger = new Ledger();
  replaceFetch(async (_, body) => ({
    status: 200,
    body: await takeBatch(platform.namespaces.PARTITION as never, partitions, body as never, (record) =>
      ledger.whole(record),
    ),
  }));
  const pages = Array.from({ length: 2 }, (_, i) => new Page(i, ledger));
  const callers = new Callers(platform, partitions, ledger);
  const operator = new Operator(platform, ledger, (unit) => {
    // Who looks at a page that is loaded again is somebody else.
    for (const page of pages) if (page.unit === unit) page.end();
  });
  const mirror = new Mirror();
  for (let n = 0; n < partitions; n++) mirror.watch(`${n}`, platform.namespaces.PARTITION!.object(`${n}`));
  const parts = { world, platform, partitions, ledger, pages, mirror, callers, operator };
  try {
    operator.deploy();
    for (const page of pages) page.open();
    await world.run(() => operator.idle && ledger.deployed.size > 0);
    let calm = false;
    if (troubles) {
      goOn(parts, false, () => calm);
      await befall(parts, troubles);
    } else {
      world.chances = chancesOf(world.fate);
      goOn(parts, true, () => calm);
      await world.run(() => world.points >= steps / 2);
      if (standsStill) {
        ledger.pastUntil = world.now;
        for (const page of pages) page.end();
        world.standStill(STILL);
      }
      await world.run(() => world.points >= steps);
    }
    calm = true;
    world.chances = NO_CHANCES;
    await settle(parts);
    if (standsStill) {
      // What versions have learned of what is past stays, until they learn what is left.
      operator.exclude({ session: "nobody" });
      await settle(parts);
    }
    const lost = (troubles ?? []).flatMap(({ loses }) => loses ?? []);
    const { examples, setAside } = await check(parts, lost).catch((error: unknown) => {
      world.violated(`it cannot be looked at: ${error}`);
      return { examples: 0, setAside: 0 };
    });
    return {
      ...{ seed, points: world.points, crashes: world.crashes, faults: world.injected.length - world.crashes },
      ...{ records: ledger.sent.size, examples, setAside, hash: world.traceHash },
      ...{ archived: archivedRows(parts), erased: ledger.erased.size },
      ...{ violations: world.violations, injected: world.injected, lines: world.lines, said: [...world.said.keys()] },
    };
  } finally {
    process.off("unhandledRejection", unhandled);
    platform.close();
  }
}

/** Has something happen, again and again until it is calm. @param mayForget whether units are erased, and sessions and units left out of learning. */
function goOn({ world, platform, pages, callers, operator }: Parts, mayForget: boolean, isCalm: () => boolean): void {
  const { fate } = world;
  const later = (seconds: number, run: () => void) =>
    world.schedule(world.outside, fate() * seconds * 1000, "a visitor", run);
  const value = () => drawnReward(fate);
  const happen = (): void => {
    if (isCalm()) return;
    const draw = fate();
    const page = pages[Math.floor(fate() * pages.length)]!;
    if (draw < 0.6)
      page.decide((id) => {
        if (fate() < 0.1) later(2, () => page.activate(id));
        if (fate() < 0.7) later(fate() < 0.1 ? 25 : 2, () => page.feedback(id, value(), fate() < 0.2));
        if (fate() < 0.2) later(5, () => page.feedback(id, value(), fate() < 0.5));
      });
    else if (draw < 0.9)
      callers.decide((id) => {
        if (fate() < 0.8) later(3, () => callers.feedback(id, value(), fate() < 0.2));
      });
    else if (draw < 0.91) callers.junk();
    else if (draw < 0.93 && mayForget) operator.forget();
    else if (draw < 0.955) operator.change();
    else if (draw < 0.97) {
      if (world.strikes(world.chances.crash > 0 ? 1 : 0, `${page.name} is closed`)) page.end();
    } else if (draw < 0.98) {
      if (world.strikes(world.chances.crash > 0 ? 1 : 0, `${page.name} is off line`)) {
        page.online = false;
        world.schedule(world.outside, fate() * OFF_LINE, "a visitor", () => {
          page.online = true;
        });
      }
    } else {
      const { objects } = platform;
      const object = objects[Math.floor(fate() * objects.length)]!;
      if (world.strikes(world.chances.clock, `the clock of ${object.name} is put elsewhere`))
        object.step((fate() - 0.5) * (fate() < 0.2 ? 7_200_000 : 4000));
    }
    world.schedule(world.outside, fate() * 2 * PACE, "a visitor", happen);
  };
  world.schedule(world.outside, 0, "a visitor", happen);
}

/** Lets two troubles come after some seconds, one in the other. */
async function befall(parts: Parts, troubles: readonly [Trouble, Trouble]): Promise<void> {
  const { world } = parts;
  await pass(world, 4000);
  for (const trouble of troubles) trouble.before?.(parts);
  await pass(world, 6000);
  for (const trouble of troubles) {
    trouble.begin(parts);
    await pass(world, 300);
  }
  await pass(world, 10_000);
  for (const trouble of troubles) trouble.end?.(parts);
  await pass(world, 2000);
}

/** Lets so much time pass. */
async function pass(world: World, ms: number): Promise<void> {
  let over = false;
  world.schedule(world.outside, ms, "time passes", () => {
    over = true;
  });
  await world.run(() => over);
}

/** Lets all that is under way come to its end. */
async function settle(parts: Parts): Promise<void> {
  const { world, pages, platform } = parts;
  const until = world.now + CALM;
  let quiet = 0;
  // Only where its clock was wrong: in all other worlds its own alarm has to do.
  const needsHeartbeat = world.injected.some(({ what }) => what.includes("the clock of registry"));
  let beatAt = needsHeartbeat ? world.now + HEARTBEAT : Number.POSITIVE_INFINITY;
  while (quiet < QUIET_LOOKS) {
    if (world.now > until) {
      world.violated(`it is not quiet after ${CALM / 60_000} minutes of calm: ${isQuiet(parts)}`);
      return;
    }
    for (const page of pages) {
      page.online = true;
      page.open();
    }
    if (world.now >= beatAt) {
      beatAt = world.now + HEARTBEAT;
      world.schedule(world.outside, 0, "heartbeat", () => void heartbeat(null as never, platform.env as never));
    }
    await pass(world, LOOK);
    quiet = isQuiet(parts) === null ? quiet + 1 : 0;
  }
  for (let reader = remembers(parts); reader; reader = remembers(parts)) {
    const { ringsIn } = reader;
    if (ringsIn === null || ringsIn > MAX_SKEW || world.now > until + MAX_SKEW) {
      world.violated(`${reader.name} has what it has read, and rings in ${ringsIn} ms`);
      return;
    }
    await pass(world, ringsIn + LOOK);
  }
}
