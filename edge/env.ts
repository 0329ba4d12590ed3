import type { ChannelCalls } from "./channel/messages.ts";
import type { ArchiveReaderCalls, PartitionCalls } from "./log/messages.ts";
import type { ObserverCalls } from "./observe/messages.ts";
import type { RegistryCalls } from "./registry/messages.ts";
import type { TrainerCalls } from "./training/messages.ts";

/** What wrangler.toml binds to the Worker and its Durable Objects. */
export type Env = {
  PARTITION: DurableObjectNamespace<PartitionCalls>;
  TRAINER: DurableObjectNamespace<TrainerCalls>;
  ARCHIVE_READER: DurableObjectNamespace<ArchiveReaderCalls>;
  CHANNEL: DurableObjectNamespace<ChannelCalls>;
  REGISTRY: DurableObjectNamespace<RegistryCalls>;
  OBSERVER: DurableObjectNamespace<ObserverCalls>;
  ARTIFACTS: R2Bucket;
  ASSETS: Fetcher;
  /** On a server of one machine: says how full the disk is (scripts/state-disk.ts). */
  STATE_DISK?: Fetcher;
  /** Number of partitions, in decimal. */
  PARTITIONS: string;
  /** Most megabytes (10^6 bytes) that a partition may hold, in decimal: above half of it, and when they are old, rows go into the archive. */
  PARTITION_MEGABYTES: string;
  /** Number of channels of each model, in decimal. */
  CHANNELS: string;
  /** For how many days snapshots are kept, in decimal. */
  SNAPSHOT_DAYS: string;
  /** `eu` or `fedramp`: all objects are there; empty: anywhere. */
  JURISDICTION?: string;
  /** For how many days what could not be used is kept, in decimal. */
  DEAD_LETTER_DAYS: string;
  /** For how many days records are kept: of all models, or as `MODEL=DAYS`, with spaces between; empty: for ever. */
  RETENTION_DAYS?: string;
  /** A secret: whoever sends it may do everything. With it the first key is made on Cloudflare, and one gets back in. */
  ROOT_KEY?: string;
  /** Made anew at every start by the process that starts a server on one machine, which calls it by this. It does not end the open mode. */
  LOCAL_KEY?: string;
  /**
   * `off`: a key is needed from the beginning, as where others than this machine can reach the server. `dev`: requests pass a development server on this
   * machine, which adds CF-Connecting-IP to all.
   */
  OPEN_MODE?: string;
};
