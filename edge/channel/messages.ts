import type { Stage } from "../../shared/contract/directory.ts";
import type { DirectoryNotice, SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { Counted } from "../observe/histogram.ts";
import type { Carrier } from "../observe/span.ts";

/** What trainers and the registry say to a channel. The channels of a model are named `home-hero/0`, `home-hero/1`, ... */

/** Header of a request for a socket that says by which key it was let in: set by the Worker, whatever the caller sent. */
export const KEY_HEADER = "edgewise-key";
/** And one that says from which network it comes, where that is known. */
export const NETWORK_HEADER = "edgewise-network";

/** `notice`: how long notices took, in seconds, since the object started at `startedAt`, ms since the epoch. */
export type ChannelStatistics = { sockets: number; notice: Counted; startedAt: number; storageBytes: number };

/** What a channel can be asked; its `fetch` takes a page's WebSocket. */
export interface ChannelCalls extends Rpc.DurableObjectBranded {
  fetch(request: Request): Promise<Response>;
  /**
   * A version has published, or has come to another stage: tells the pages that follow it. @param traces sampled ones that led to it.
   * @returns whether anybody here follows the model.
   */
  publish(notice: SnapshotNotice, stage: Stage, traces?: Carrier[]): Promise<boolean>;
  statistics(): ChannelStatistics;
  /** Which versions serve has changed: tells all pages of the model. @returns as `publish`. */
  directory(notice: DirectoryNotice): Promise<boolean>;
  /** Pages of another channel follow this one's model, too: passes on to it what this one is told. @returns number of the newest directory that is known of. */
  relayTo(channel: string): Promise<number | null>;
}

/** Names of all channels of a model. @param setting their number, in decimal. @throws Error when it is not a whole number from 1. */
export function channelNames(model: string, setting: string): string[] {
  const shards = Number(setting);
  if (!Number.isInteger(shards) || shards < 1)
    throw new Error(`CHANNELS must be a whole number from 1, not ${JSON.stringify(setting)}`);
  return Array.from({ length: shards }, (_, n) => `${model}/${n}`);
}
