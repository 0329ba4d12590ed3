import type { Env } from "../env.ts";
import { type PartitionCalls, partitionNames } from "./messages.ts";

/** All partitions by name. */
export function allPartitions(env: Env): { name: string; stub: DurableObjectStub<PartitionCalls> }[] {
  return partitionNames(env.PARTITIONS).map((name) => ({ name, stub: env.PARTITION.getByName(name) }));
}
