import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../env.ts";
import { fetchEdge, send } from "../testing/edge.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import type { Append } from "./messages.ts";
import { Partition } from "./partition.ts";
import { partitionOf } from "./route.ts";

/** The partition as another server with another setting would start it over the same state. */
const startedWith = <T>(count: number, name: string, use: (partition: Partition) => T | Promise<T>): Promise<T> =>
  runInDurableObject(env.PARTITION.getByName(name), async (_, state) => {
    const bindings = { ...env, PARTITIONS: String(count) } as unknown as Env;
    const partition = new Partition(state as unknown as DurableObjectState<Record<string, never>>, bindings);
    // It may have to ask another first.
    await state.blockConcurrencyWhile(async () => {});
    return use(partition);
  });

const now = Date.now();
const ids = Array.from({ length: 40 }, (_, n) => `count-${n}.1`);
const of = (name: string, count: number) => ids.filter((id) => partitionOf(id, count) === name);
const sent = (some: readonly string[]): Append =>
  appendOf({
    decisions: some.map((id) => incoming(rankRecord("m", id, now))),
    feedback: some.map((id) => incomingFeedback({ id, value: 1, at: now })),
  });
const rows = async () => {
  let n = 0;
  for (let name = 0; name < 8; name++)
    n += await runInDurableObject(env.PARTITION.getByName(String(name)), (_, { storage }) =>
      Number(storage.sql.exec("SELECT count(*) AS n FROM log").one().n),
    );
  return n;
};

test("partitions that are fewer than they were, or more but not twice as many, take nothing, and say what to do", async () => {
  for (let name = 0; name < 4; name++) await env.PARTITION.getByName(String(name)).append(sent(of(String(name), 4)));
  const before = await rows();
  expect(before).toBe(2 * ids.length);
  for (const count of [12, 2, 5, 1])
    for (let name = 0; name < count; name++) {
      const decided = of(String(name), count);
      const problem = `it is ${count}, and the log has 4. Set it to 4 again, or to 8 to split each in two`;
      await startedWith(count, String(name), async (partition) => {
        const decision = incoming(rankRecord("m", `count-new.${name}`, now));
        const reading = { from: null, upto: null, limit: 10, reader: "m@1", model: "m" };
        const rules = { aggregate: "first", default: 0, wait: 1, binary: false } as const;
        await expect(partition.append(sent(decided))).rejects.toThrow(problem);
        await expect(partition.appendCall([decision])).rejects.toThrow(problem);
        await expect(partition.decision("count-1.1")).rejects.toThrow(problem);
        await expect(partition.owners(["count-1"], count)).rejects.toThrow(problem);
        expect(() => partition.read({ ...reading, rules })).toThrow(problem);
        expect(() => partition.statistics()).toThrow(problem);
      });
    }
  expect(await rows()).toBe(before);
  // Set back, it goes on as if nothing had been.
  for (let name = 0; name < 4; name++) {
    const stub = env.PARTITION.getByName(String(name));
    await evictDurableObject(stub);
    const again = await stub.append(sent(of(String(name), 4)));
    expect(again.decisions.every(({ status }) => status === "duplicate")).toBe(true);
  }
  expect(await rows()).toBe(before);
});

test("a log of before, which does not say how many there are, is taken only where its ids belong", async () => {
  const forget = () =>
    runInDurableObject(env.PARTITION.getByName("0"), (_, { storage }) => {
      storage.sql.exec("DELETE FROM partition_count");
    });
  await forget();
  const problem = "it is 8, and the log was begun with another number. Set it to what it was again";
  await startedWith(8, "0", (partition) => expect(partition.append(sent([]))).rejects.toThrow(problem));
  await startedWith(4, "0", (partition) => expect(partition.partitionCount()).toEqual({ begun: 4, now: 4 }));
});

test("the edge answers 503 with that, on all that needs the log, and health says it", async () => {
  const { PARTITIONS } = env;
  for (const name of ["0", "1", "2", "3"]) await evictDurableObject(env.PARTITION.getByName(name));
  Reflect.set(env, "PARTITIONS", "3");
  try {
    const id = ids.find((one) => Number(partitionOf(one, 3)) < 3)!;
    for (const answer of [
      await fetchEdge("/health"),
      await send("POST", `/v1/decisions/${id}/feedback`, { value: 1 }),
      await send("POST", "/v1/batch", { sentAt: Date.now(), feedback: [{ id, value: 1 }] }),
    ]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).not.toBeNull();
      expect(await answer.text()).toContain("the log has 4. Set it to 4 again");
    }
  } finally {
    Reflect.set(env, "PARTITIONS", PARTITIONS);
  }
});
