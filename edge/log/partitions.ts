import type { Env } from "../env.ts";
import type { Partition } from "./partition.ts";
import { partitionNames, partitionOf } from "./route.ts";

/** The partition that a decision id belongs to. */
export function partitionFor(env: Env, decisionId: string): DurableObjectStub<Partition> {
  return env.PARTITION.getByName(partitionOf(decisionId, Number(env.PARTITIONS)));
}

/** All partitions by name. */
export function allPartitions(env: Env): { name: string; stub: DurableObjectStub<Partition> }[] {
  return partitionNames(env.PARTITIONS).map((name) => ({ name, stub: env.PARTITION.getByName(name) }));
}
