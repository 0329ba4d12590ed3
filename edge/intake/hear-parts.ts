import { waitUntil } from "cloudflare:workers";
import type { Directory } from "../../shared/contract/directory.ts";
import { type ChannelStatistics, channelNames } from "../channel/messages.ts";
import type { Env } from "../env.ts";
import type { PartitionStatistics } from "../log/messages.ts";
import { allPartitions } from "../log/partitions.ts";
import type { Observed } from "../observe/messages.ts";
import type { RegistryStatistics } from "../registry/messages.ts";
import { age } from "../storage/clock.ts";
import type { StateDisk } from "../storage/state-disk.ts";
import type { TrainerStatus } from "../training/messages.ts";
import { KEY_STORE, knownKeys } from "./keys.ts";
import { FAILING_FOR } from "./limits.ts";
import { DISK, type Heard, hear, stateDisk } from "./parts.ts";
import { heldDirectory, newestDirectory } from "./served-models.ts";

type Patience = { known: number; unknown: number };
type Named<T> = Heard<T> & { name: string };

/** The parts of the edge that it works by, as they are, or were a moment ago. */
export type HeardParts = {
  directory: Heard<Directory>;
  /** The keys that this isolate goes by. */
  keys: Heard<unknown>;
  partitions: Named<PartitionStatistics>[];
  trainers: Heard<TrainerStatus>[];
  /** Null on the platform. */
  disk: Heard<StateDisk> | null;
};

/** The others, of which what is served goes on without for a while. */
export type HeardOthers = {
  registry: Heard<RegistryStatistics>;
  channels: Named<ChannelStatistics>[];
  observer: Heard<Observed>;
};

export const partitionPart = (name: string): string => `partition ${name}`;

/** The directory, which says what other parts there are. Never throws. */
export const hearDirectory = (env: Env, patience: Patience): Promise<Heard<Directory>> =>
  hear(env, "directory", () => newestDirectory(env), patience);

/** Asks them all at once, each no longer than `patience` says (see hear). Never throws. */
export async function hearParts(
  env: Env,
  patience: Patience,
  directory: Promise<Heard<Directory>> = hearDirectory(env, patience),
): Promise<HeardParts> {
  const [keys, partitions, trainers, disk] = await Promise.all([
    hear(env, KEY_STORE, () => knownKeys(env, { waitUntil }), patience),
    Promise.all(
      allPartitions(env).map(async ({ name, stub }) => ({
        name,
        ...(await hear(env, partitionPart(name), async () => stub.statistics(), patience)),
      })),
    ),
    directory.then((heard) => Promise.all(trainerNames(known(heard)).map((name) => trainer(env, name, patience)))),
    hear(env, DISK, () => stateDisk(env), patience),
  ]);
  return {
    directory: await directory,
    keys,
    partitions,
    trainers,
    disk: disk.value && { ...disk, value: disk.value, problem: disk.value.problem },
  };
}

/** The same of the others. @param reported until when the observer is not asked: what this isolate has counted is on its way to it. */
export async function hearOthers(
  env: Env,
  patience: Patience,
  directory: Promise<Heard<Directory>>,
  reported: Promise<unknown>,
): Promise<HeardOthers> {
  const [registry, channels, observer] = await Promise.all([
    hear(env, "registry", async () => env.REGISTRY.getByName("registry").statistics(), patience),
    directory.then((heard) => Promise.all(allChannels(env, known(heard)).map((name) => channel(env, name, patience)))),
    reported.then(() => hear(env, "observer", async () => env.OBSERVER.getByName("observer").observed(), patience)),
  ]);
  return { registry, channels, observer };
}

const allChannels = (env: Env, directory: Directory | null): string[] =>
  Object.keys(directory?.models ?? {}).flatMap((model) => channelNames(model, env.CHANNELS));

const channel = async (env: Env, name: string, patience: Patience) => ({
  name,
  ...(await hear(env, `channel ${name}`, async () => env.CHANNEL.getByName(name).statistics(), patience)),
});

async function trainer(env: Env, name: string, patience: Patience): Promise<Heard<TrainerStatus>> {
  const heard = await hear(env, `trainer ${name}`, async () => env.TRAINER.getByName(name).status(), patience);
  const failing = heard.value?.failing;
  if (!failing || heard.problem !== null || age(failing.since) < FAILING_FOR) return heard;
  return { ...heard, problem: `cannot ${failing.what} (${failing.problem})` };
}

/** Which parts there are is asked of the store, and while that does not answer, the isolate knows. */
const known = ({ value }: Heard<Directory>): Directory | null => value ?? heldDirectory();

const trainerNames = (directory: Directory | null): string[] =>
  Object.entries(directory?.models ?? {}).flatMap(([model, { versions }]) =>
    versions.map(({ version }) => `${model}@${version}`),
  );
