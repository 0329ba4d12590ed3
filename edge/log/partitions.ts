import type { Env } from "../env.ts";
import { type PartitionCalls, partitionNames } from "./messages.ts";
import { partitionOf } from "./route.ts";

/** The partition that a decision id belongs to. */
export function partitionFor(env: Env, decisionId: string): DurableObjectStub<PartitionCalls> {
  return env.PARTITION.getByName(partitionOf(decisionId, Number(env.PARTITIONS)));
}

/** All partitions by name. */
export function allPartitions(env: Env): { name: string; stub: DurableObjectStub<PartitionCalls> }[] {
  return partitionNames(env.PARTITIONS).map((name) => ({ name, stub: env.PARTITION.getByName(name) }));
}
