import type { Env } from "../env.ts";
import type { PartitionCalls } from "../log/messages.ts";
import { partitionOf } from "../log/route.ts";
import { ACKNOWLEDGE_DURATION } from "../observe/families.ts";
import { counts } from "../observe/isolate-reports.ts";
import { type Carrier, Span } from "../observe/span.ts";
import { partitionPart } from "./hear-parts.ts";
import { working } from "./parts.ts";

type Call<T> = (partition: DurableObjectStub<PartitionCalls>) => Promise<T>;

/** Has a partition do something. @throws UnavailableError when it cannot, for no fault of what it is to do. */
export const askPartition = <T>(env: Env, name: string, call: Call<T>): Promise<T> =>
  working(env, partitionPart(name), () => call(env.PARTITION.getByName(name)));

/** The same of the partition that a decision id belongs to. */
export const askPartitionOf = <T>(env: Env, decisionId: string, call: Call<T>): Promise<T> =>
  askPartition(env, partitionOf(decisionId, Number(env.PARTITIONS)), call);

/** A call that has something appended. `trace`: what is to go along with each item of it. */
type Append<T> = (partition: DurableObjectStub<PartitionCalls>, trace: Carrier | undefined) => Promise<T>;

/**
 * Has a partition append something, and times how long it takes until that is durable. @param trace the sampled trace that it is done for; null: none.
 * @throws UnavailableError as `askPartition`.
 */
export async function appendTo<T>(env: Env, name: string, trace: Carrier | null, call: Append<T>): Promise<T> {
  const started = performance.now();
  const span = trace && Span.of(trace);
  const appended = await askPartition(env, name, (partition) => call(partition, span?.carrier ?? undefined));
  const seconds = (performance.now() - started) / 1000;
  counts.observe(ACKNOWLEDGE_DURATION, [name], seconds);
  span?.write("acknowledge", seconds, { partition: name });
  return appended;
}

/** The same of the partition that a decision id belongs to. */
export const appendFor = <T>(env: Env, decisionId: string, trace: Carrier | null, call: Append<T>): Promise<T> =>
  appendTo(env, partitionOf(decisionId, Number(env.PARTITIONS)), trace, call);
