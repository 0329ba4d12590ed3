import type { Env } from "../env.ts";
import type { PartitionCalls } from "../log/messages.ts";
import { partitionOf } from "../log/route.ts";
import { partitionPart } from "./hear-parts.ts";
import { working } from "./parts.ts";

type Call<T> = (partition: DurableObjectStub<PartitionCalls>) => Promise<T>;

/** Has a partition do something. @throws UnavailableError when it cannot, for no fault of what it is to do. */
export const askPartition = <T>(env: Env, name: string, call: Call<T>): Promise<T> =>
  working(env, partitionPart(name), () => call(env.PARTITION.getByName(name)));

/** The same of the partition that a decision id belongs to. */
export const askPartitionOf = <T>(env: Env, decisionId: string, call: Call<T>): Promise<T> =>
  askPartition(env, partitionOf(decisionId, Number(env.PARTITIONS)), call);
