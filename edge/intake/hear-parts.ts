import type { Directory } from "../../shared/contract/directory.ts";
import type { Env } from "../env.ts";
import type { PartitionStatistics } from "../log/messages.ts";
import { allPartitions } from "../log/partitions.ts";
import type { Observed } from "../observe/messages.ts";
import type { StateDisk } from "../storage/state-disk.ts";
import type { TrainerStatus } from "../training/messages.ts";
import { type Heard, hear, stateDisk } from "./parts.ts";
import { newestDirectory } from "./served-models.ts";

/** All parts of the edge, as they are, or were a moment ago. */
export type HeardParts = {
  directory: Heard<Directory>;
  partitions: (Heard<PartitionStatistics> & { name: string })[];
  trainers: Heard<TrainerStatus>[];
  /** Null on the platform. */
  disk: Heard<StateDisk> | null;
};

export const partitionPart = (name: string): string => `partition ${name}`;

/** Asks them all at once, each no longer than `patience` says (see hear). Never throws. */
export async function hearParts(env: Env, patience: { known: number; unknown: number }): Promise<HeardParts> {
  const directory = hear(env, "directory", () => newestDirectory(env), patience);
  const [partitions, trainers, disk] = await Promise.all([
    Promise.all(
      allPartitions(env).map(async ({ name, stub }) => ({
        name,
        ...(await hear(env, partitionPart(name), async () => stub.statistics(), patience)),
      })),
    ),
    directory.then(({ value }) => Promise.all(trainerNames(value).map((name) => trainer(env, name, patience)))),
    hear(env, "disk", () => stateDisk(env), patience),
  ]);
  return {
    directory: await directory,
    partitions,
    trainers,
    disk: disk.value && { ...disk, value: disk.value, problem: disk.value.problem },
  };
}

/** What isolates have counted, added up. */
export const hearObserver = (env: Env, patience: { known: number; unknown: number }): Promise<Heard<Observed>> =>
  hear(env, "observer", async () => env.OBSERVER.getByName("observer").observed(), patience);

const trainer = (env: Env, name: string, patience: { known: number; unknown: number }) =>
  hear(env, `trainer ${name}`, async () => env.TRAINER.getByName(name).status(), patience);

const trainerNames = (directory: Directory | null): string[] =>
  Object.entries(directory?.models ?? {}).flatMap(([model, { versions }]) =>
    versions.map(({ version }) => `${model}@${version}`),
  );
