import { MAX_SOCKETS } from "../../edge/channel/limits.ts";
import { TIMES } from "./measured.ts";
import { LIMITS } from "./platform.ts";
import type { Load, Outcome } from "./simulate.ts";

/** How much of each limit a load takes, the fullest first: 1 is all of it. */
function limitsOf(load: Load, outcome: Outcome): [what: string, share: number][] {
  // What comes, not what got through: a decision and its feedback are two items.
  const calls = (2 * load.decisions) / outcome.batchItems / load.partitions;
  const { call, item, read } = TIMES.partition;
  const shares: [string, number][] = [
    ["writes/s of a partition", calls / LIMITS.objectWrites.value],
    ["a partition's thread", (calls * call + (load.decisions / load.partitions) * (2 * item + read)) / 1000],
    ["the trainer's thread", (load.decisions * TIMES.trainer.learn) / 1000],
    ["requests/s of the trainer", outcome.trainerCalls / LIMITS.objectRequests.value],
    ["a channel's thread", outcome.busy.channel],
    ["sockets of a channel", load.pages / load.channels / MAX_SOCKETS],
  ];
  return shares.sort(([, a], [, b]) => b - a);
}

/** The limit of which a load takes most, and how much; `over` when that is more than there is. */
export function firstLimit(load: Load, outcome: Outcome): string {
  const [[what, share]] = limitsOf(load, outcome) as [[string, number]];
  return `${what}: ${(share * 100).toFixed(0)} %${share > 1 ? ", **over**" : ""}`;
}
