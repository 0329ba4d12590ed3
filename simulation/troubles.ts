import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Directory } from "../shared/contract/directory.ts";
import type { Publication } from "../shared/contract/publication.ts";
import type { Parts } from "./parts.ts";
import type { SimulatedObject } from "./platform/objects.ts";
import { Disk } from "./platform/storage.ts";
import { MODEL } from "./records.ts";

/** How long a trouble that passes lasts, ms. */
const LASTING = 8000;
const HOUR = 3_600_000;

/** Something that befalls an edge. `begin` and `end` happen before and after the other troubles of a combination do. */
export type Trouble = {
  /** Lines that operators see; one of them at least. None: it is seen by nothing, and is nothing to do. */
  lines: readonly string[];
  /** What may be missing afterwards: records, and with a log all that was learned of it; versions that had retired. */
  loses?: readonly ("records" | "log" | "versions")[];
  before?(parts: Parts): void;
  begin(parts: Parts): void;
  end?(parts: Parts): void;
};

const object = ({ platform }: Parts, binding: string, name: string) => platform.namespaces[binding]!.object(name);
const partition = (parts: Parts) => object(parts, "PARTITION", "0");
/** Name of the trainer of the version that is live when it is asked for. */
const liveVersion = (parts: Parts): string => {
  const { bucket } = parts.platform;
  const pointer = bucket.json<{ sha256: string }>("pointers/directory");
  const directory = pointer && bucket.json<Directory>(`artifacts/${pointer.sha256}`);
  const live = directory?.models[MODEL]?.versions.find(({ stage }) => stage === "live");
  return `${MODEL}@${live?.version ?? 1}`;
};
const trainer = (parts: Parts, version = liveVersion(parts)) => object(parts, "TRAINER", version);
const registry = (parts: Parts) => object(parts, "REGISTRY", "registry");

/** Copies of disks lie here until they are put back. */
const folder = mkdtempSync(join(tmpdir(), "edgewise-troubles-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, `${name}.sqlite`);
/** Copies an object's disk as it is, in place of the copy of before. */
function keep(object: SimulatedObject, name: string): void {
  rmSync(file(name), { force: true });
  object.disk.copy(file(name));
}
const putBack = (object: SimulatedObject, name: string): void => object.replaceDisk(new Disk(object.name, file(name)));
/** So that it starts. */
const askRegistry = ({ platform }: Parts): void =>
  void platform.namespaces.REGISTRY!.getByName("registry").versions!(MODEL).catch(() => {});

/** The version of whose trainer there is a copy. */
let copied = "";

const READING_FAILS = ["a reader could not be told", "a trainer could not read partition 0"];

export const TROUBLES = {
  "partition down": {
    lines: READING_FAILS,
    begin: (parts) => {
      partition(parts).crash();
      partition(parts).downUntil = parts.world.now + LASTING;
    },
  },
  "slow partition": {
    lines: [],
    begin: (parts) => {
      partition(parts).slowness = 700;
    },
    end: (parts) => {
      partition(parts).slowness = 0;
    },
  },
  "partition's disk full": {
    lines: [...READING_FAILS, "the upkeep of a partition failed, and is tried again"],
    begin: (parts) => {
      partition(parts).disk.full = true;
      partition(parts).crash();
    },
    end: (parts) => {
      partition(parts).disk.full = false;
    },
  },
  "partition put back from an older copy": {
    lines: ["what was learned is not in the log any more: what there is is learned from its beginning"],
    loses: ["records"],
    before: (parts) => {
      keep(partition(parts), "partition");
    },
    begin: (parts) => {
      putBack(partition(parts), "partition");
    },
  },
  "partition's disk lost": {
    lines: ["a partition's log is another one than before, and is learned from its beginning"],
    loses: ["records", "log"],
    begin: (parts) => {
      partition(parts).replaceDisk(new Disk(partition(parts).name));
    },
  },
  "trainer down": {
    lines: ["a reader could not be told"],
    begin: (parts) => {
      trainer(parts).crash();
      trainer(parts).downUntil = parts.world.now + LASTING;
    },
  },
  "trainer's disk lost": {
    lines: ["a trainer has lost its data, and learns the log again"],
    begin: (parts) => {
      trainer(parts).replaceDisk(new Disk(trainer(parts).name));
    },
  },
  "trainer put back from an older copy": {
    lines: ["a trainer was put back to an older copy, and goes on with what it has published since"],
    before: (parts) => {
      copied = liveVersion(parts);
      keep(trainer(parts, copied), "trainer");
    },
    begin: (parts) => {
      putBack(trainer(parts, copied), "trainer");
    },
  },
  "trainer's state garbled": {
    lines: ["learner state cannot be read, and the log is learned again"],
    begin: (parts) => {
      const { sql } = trainer(parts).disk;
      sql.exec("UPDATE checkpoint SET state = x'00' WHERE state IS NOT NULL");
      sql.exec("UPDATE state SET bytes = x'00'");
      trainer(parts).disk.confirm();
      trainer(parts).crash();
    },
  },
  "registry's disk lost": {
    lines: ["the registry has lost its data, and begins with what the directory in the store says"],
    loses: ["versions"],
    begin: (parts) => {
      registry(parts).replaceDisk(new Disk(registry(parts).name));
      askRegistry(parts);
    },
  },
  "registry put back from an older copy": {
    lines: ["the directory in the store is newer than the registry"],
    loses: ["versions"],
    before: (parts) => {
      keep(registry(parts), "registry");
      // Something that the copy has not got.
      parts.operator.deploy();
    },
    begin: (parts) => {
      putBack(registry(parts), "registry");
      askRegistry(parts);
    },
  },
  "registry down": {
    lines: [],
    begin: (parts) => {
      registry(parts).crash();
      registry(parts).downUntil = parts.world.now + LASTING;
    },
  },
  "store failing": {
    lines: [
      "a trainer could not publish",
      "a trainer could not move the pointer",
      "a trainer could not find out what the store has",
    ],
    begin: ({ world }) => {
      world.chances = { ...world.chances, store: 1 };
    },
    end: ({ world }) => {
      world.chances = { ...world.chances, store: 0 };
    },
  },
  "corrupt snapshot": {
    lines: ["a snapshot in the store cannot be read, and is published again"],
    begin: (parts) => {
      const [newest] = trainer(parts).disk.sql.exec("SELECT publication FROM newest").toArray();
      const { snapshot } = JSON.parse(String(newest!.publication)) as Publication;
      const stored = parts.platform.bucket.stored.get(`artifacts/${snapshot.sha256}`)!;
      stored.bytes = stored.bytes.slice(0, stored.bytes.length >> 1);
      trainer(parts).crash();
    },
  },
  "clocks an hour back": {
    lines: ["the clock has gone back: what was noted before is out of date"],
    begin: (parts) => {
      for (const each of parts.platform.objects) each.step(-HOUR);
    },
  },
  "clocks an hour forth": {
    lines: [],
    begin: (parts) => {
      for (const each of parts.platform.objects) each.step(HOUR);
    },
  },
  deploy: {
    lines: [],
    begin: ({ operator }) => operator.deploy(),
  },
  "everything killed": {
    lines: [],
    begin: ({ platform, pages }) => {
      for (const each of platform.objects) each.crash();
      for (const page of pages) page.end();
    },
  },
  overload: {
    lines: [],
    begin: ({ callers, pages }) => {
      for (let n = 0; n < 150; n++) {
        callers.decide((id) => callers.feedback(id, 1, false));
        pages[n % pages.length]!.decide(() => {});
      }
    },
  },
  "answers lost": {
    lines: [],
    begin: ({ world }) => {
      world.chances = { ...world.chances, lose: 0.3, late: 0.1 };
    },
    end: ({ world }) => {
      world.chances = { ...world.chances, lose: 0, late: 0 };
    },
  },
} satisfies Record<string, Trouble>;

type Name = keyof typeof TROUBLES;

/** Combinations; docs/runbook.md has them as a table. */
export const COMBINATIONS: readonly (readonly [Name, Name])[] = [
  ["partition down", "clocks an hour back"],
  ["partition down", "clocks an hour forth"],
  ["partition's disk full", "everything killed"],
  ["store failing", "deploy"],
  ["partition put back from an older copy", "everything killed"],
  ["trainer's disk lost", "registry's disk lost"],
  ["slow partition", "overload"],
  ["corrupt snapshot", "store failing"],
  ["trainer's state garbled", "partition put back from an older copy"],
  ["partition's disk lost", "everything killed"],
  ["registry down", "deploy"],
  ["registry's disk lost", "store failing"],
  ["trainer's disk lost", "partition down"],
  ["trainer down", "overload"],
  ["answers lost", "deploy"],
  ["clocks an hour back", "partition put back from an older copy"],
  ["clocks an hour forth", "trainer's disk lost"],
  ["store failing", "trainer's disk lost"],
  ["partition's disk full", "answers lost"],
  ["corrupt snapshot", "registry's disk lost"],
  ["trainer put back from an older copy", "everything killed"],
  ["registry put back from an older copy", "trainer put back from an older copy"],
];
