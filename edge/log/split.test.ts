import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seededRandom } from "../../conformance/random.ts";
import type { Env } from "../env.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { Trained } from "../testing/training.ts";
import type { Append } from "./messages.ts";
import { Partition } from "./partition.ts";
import { partitionOf } from "./route.ts";

/** Partitions that are split, 4 -> 8 -> 16, in the ways in which that can meet what goes on. */

const { PARTITIONS } = env;
const now = Date.now();
const stub = (name: string) => env.PARTITION.getByName(name);
const decision = (id: string) => incoming(rankRecord("m", id, now));
const feedbackFor = (id: string, value = 1) => incomingFeedback({ id, value, at: now });
const decisions = (...ids: string[]) => appendOf({ decisions: ids.map(decision), keepRejected: true });
const feedback = (...ids: string[]) => appendOf({ feedback: ids.map((id) => feedbackFor(id)) });
/** As the Worker says it from now on, and every object that is started. */
const set = (partitions: number) => Reflect.set(env, "PARTITIONS", String(partitions));
/** Sends as an isolate does that knows of so many partitions. */
const sendTo = async (partitions: number, id: string, batch: Append) =>
  await stub(partitionOf(id, partitions)).append(batch);
/** Sessions that are at home in partition 1 of four, and in 5 of eight. */
const moving = Array.from({ length: 400 }, (_, n) => `moving-${n}`).filter(
  (session) => partitionOf(session, 4) === "1" && partitionOf(session, 8) === "5",
);
const statistics = async (name: string) => await stub(name).statistics();
const rowsOf = (name: string) =>
  runInDurableObject(stub(name), (_, { storage }) =>
    storage.sql.exec<{ kind: string; id: string }>("SELECT kind, id FROM log ORDER BY offset").toArray(),
  );
const idsOf = async (name: string, kind = "decision") =>
  (await rowsOf(name)).filter((row) => row.kind === kind).map(({ id }) => id);
const statuses = (outcomes: readonly { status: string }[]) => outcomes.map(({ status }) => status);

beforeEach(async () => {
  // Partition 0 keeps for all with how many the log was begun.
  await stub("0").statistics();
});
afterEach(async () => {
  set(Number(PARTITIONS));
  await reset();
});

test("a session stays where its first record is: repeats, feedback, further draws, whichever came first", async () => {
  const [decided, rewarded, fresh] = moving as [string, string, string];
  await sendTo(4, decided, decisions(`${decided}.0`));
  await sendTo(4, rewarded, feedback(`${rewarded}.0`));
  set(8);
  const again = await sendTo(8, decided, decisions(`${decided}.0`, `${decided}.1`, `${rewarded}.0`, `${fresh}.0`));
  expect(statuses(again.decisions)).toEqual(["duplicate", "accepted", "accepted", "accepted"]);
  const given = await sendTo(8, decided, feedback(`${decided}.0`, `${fresh}.0`, `${rewarded}.0`));
  expect(statuses(given.feedback)).toEqual(["accepted", "accepted", "duplicate"]);
  expect(await stub("5").decision(`${decided}.0`)).toBe(decision(`${decided}.0`).body);
  expect(await stub("5").appendCall([decision(`${decided}.0`)])).toMatchObject([{ status: "duplicate" }]);
  expect(await stub("5").appendCall([decision(`${decided}.2`)])).toEqual([{ status: "accepted" }]);
  // What the other answers is its own answer then, which the runtime need not keep for who asked.
  const passed = await runInDurableObject(stub("5"), (instance: Partition) =>
    instance.appendCall([decision(`${decided}.2`)]),
  );
  expect([statuses(passed), Symbol.dispose in passed]).toEqual([["duplicate"], false]);
  expect(await idsOf("1")).toEqual([`${decided}.0`, `${decided}.1`, `${rewarded}.0`, `${decided}.2`]);
  expect(await idsOf("1", "feedback")).toEqual([`${rewarded}.0`, `${decided}.0`]);
  expect(await idsOf("5")).toEqual([`${fresh}.0`]);
  expect(await idsOf("5", "feedback")).toEqual([`${fresh}.0`]);
});

test("an isolate that still knows of four partitions begins nothing where it would be lost", async () => {
  const [first, second] = moving as [string, string];
  set(8);
  await sendTo(8, first, decisions(`${first}.0`));
  // Partition 1 was not started anew: it learned of the split when it was asked.
  expect(statuses((await sendTo(4, first, feedback(`${first}.0`))).feedback)).toEqual(["accepted"]);
  expect(statuses((await sendTo(4, second, decisions(`${second}.0`, `${first}.0`))).decisions)).toEqual([
    "accepted",
    "duplicate",
  ]);
  expect(await rowsOf("1")).toEqual([]);
  expect(await idsOf("5")).toEqual([`${first}.0`, `${second}.0`]);
  // So it is after a restart.
  await evictDurableObject(stub("1"));
  await evictDurableObject(stub("5"));
  expect(statuses((await sendTo(4, second, decisions(`${second}.0`))).decisions)).toEqual(["duplicate"]);
});

test("isolates of 4, 8 and 16, partitions that are ended, all at once: each record once, each session in one place", async () => {
  const random = seededRandom(8);
  const pick = (n: number) => Math.floor(random() * n);
  /** How often each decision was acknowledged as new. */
  const accepted = new Map<string, number>();
  const known = new Set<string>();
  let counts = [4];
  for (let round = 0; round < 48; round++) {
    if (round === 12) counts = [4, 8];
    if (round === 30) counts = [4, 8, 16];
    set(counts.at(-1)!);
    if (round % 6 === 5) {
      const name = String(pick(counts.at(-1)!));
      await stub(name).statistics();
      await evictDurableObject(stub(name));
    }
    await Promise.all(
      Array.from({ length: 24 }, async () => {
        const session = `raced-${pick(24 * (1 + Math.floor(round / 4)))}`;
        const ids = [`${session}.${pick(3)}`, `${session}.${pick(3)}`];
        const count = counts[pick(counts.length)]!;
        const what = pick(3) === 0 ? feedback(...new Set(ids)) : decisions(...new Set(ids));
        const { decisions: outcomes } = await sendTo(count, session, what);
        for (const [i, { status }] of outcomes.entries()) {
          expect(["accepted", "duplicate"]).toContain(status);
          const { id } = what.decisions[i]!;
          known.add(id);
          if (status === "accepted") accepted.set(id, (accepted.get(id) ?? 0) + 1);
        }
      }),
    );
  }
  expect([...accepted.values()].every((n) => n === 1)).toBe(true);
  expect(new Set(accepted.keys())).toEqual(known);
  const places = new Map<string, Set<string>>();
  const logged: string[] = [];
  const used: number[] = [];
  for (let name = 0; name < 16; name++) {
    const rows = await rowsOf(String(name));
    used.push(rows.length);
    for (const { kind, id } of rows) {
      const session = id.split(".")[0]!;
      places.set(session, (places.get(session) ?? new Set()).add(String(name)));
      if (kind === "decision") logged.push(id);
    }
  }
  expect([...places.values()].filter(({ size }) => size > 1)).toEqual([]);
  expect(logged.toSorted()).toEqual([...known].toSorted());
  // Each of the sixteen has its share.
  expect(used.every((n) => n > 0)).toBe(true);
});

test("while the partition is away that may have a session, what is for it comes again, and the others go on", async () => {
  const [old, known, unknown] = moving as [string, string, string];
  await sendTo(4, old, decisions(`${old}.0`));
  set(8);
  await sendTo(8, known, decisions(`${known}.0`));
  const lost = async (): Promise<never> => {
    throw new Error("Network connection lost.");
  };
  await runInDurableObject(stub("5"), async (_, state) => {
    const away = { append: lost, appendCall: lost, decision: lost, owners: lost };
    const PARTITION = { getByName: (name: string) => (name === "1" ? away : stub(name)) };
    const partition = new Partition(
      state as unknown as DurableObjectState<Record<string, never>>,
      { ...env, PARTITION } as unknown as Env,
    );
    await state.blockConcurrencyWhile(async () => {});
    const batch = { ...decisions(`${known}.1`, `${unknown}.0`), ...feedback(`${known}.0`, `${old}.0`) };
    const taken = await partition.append({ ...batch, decisions: decisions(`${known}.1`, `${unknown}.0`).decisions });
    expect(statuses(taken.decisions)).toEqual(["accepted", "later"]);
    expect(statuses(taken.feedback)).toEqual(["accepted", "later"]);
    expect(taken.decisions[1]).toMatchObject({
      problem: expect.stringMatching(/^partition 1 may have this from before the log was split, and does not answer/),
      retryAfter: 3,
    });
    // When there is nothing else in it, it is an outage.
    const problem = "from before the log was split, and does not answer: Network connection lost.";
    await expect(partition.append(feedback(`${old}.0`))).rejects.toThrow(problem);
    await expect(partition.appendCall([decision(`${unknown}.0`)])).rejects.toThrow(problem);
    await expect(partition.decision(`${unknown}.0`)).rejects.toThrow(problem);
  });
  expect(await idsOf("5")).toEqual([`${known}.0`, `${known}.1`]);
  await evictDurableObject(stub("5"));
  expect(statuses((await sendTo(8, old, decisions(`${old}.0`, `${unknown}.0`))).decisions)).toEqual([
    "duplicate",
    "accepted",
  ]);
});

test("what a partition lost that was put back to an older copy begins anew, in one place", async () => {
  const [session] = moving as [string];
  await sendTo(4, session, decisions(`${session}.0`));
  set(8);
  expect(statuses((await sendTo(8, session, feedback(`${session}.0`))).feedback)).toEqual(["accepted"]);
  await runInDurableObject(stub("1"), (_, { storage }) => {
    storage.sql.exec("DELETE FROM log; UPDATE partition_count SET n = 4");
  });
  await evictDurableObject(stub("1"));
  // The first is sent to where it was, and comes again.
  await expect(sendTo(8, session, decisions(`${session}.0`))).rejects.toThrow("and does not answer");
  expect(statuses((await sendTo(8, session, decisions(`${session}.0`))).decisions)).toEqual(["accepted"]);
  expect(statuses((await sendTo(4, session, feedback(`${session}.0`))).feedback)).toEqual(["accepted"]);
  expect(await idsOf("5")).toEqual([`${session}.0`]);
  expect(await rowsOf("1")).toEqual([]);
});

test("a log of before, which keeps one number only, is split alike; what was split is not merged", async () => {
  await stub("1").statistics();
  await runInDurableObject(stub("1"), (_, { storage }) => {
    storage.sql.exec("DROP TABLE partition_count");
    storage.sql.exec("CREATE TABLE partition_count (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL)");
    storage.sql.exec("INSERT INTO partition_count VALUES (1, 4)");
  });
  await evictDurableObject(stub("1"));
  set(8);
  expect(await stub("1").partitionCount()).toMatchObject({ begun: 4, now: 8 });
  expect(await stub("5").partitionCount()).toMatchObject({ begun: 4, now: 8 });
  set(4);
  await evictDurableObject(stub("1"));
  await evictDurableObject(stub("5"));
  await expect(statistics("1")).rejects.toThrow(
    "it is 4, and the log has 8. Set it to 8 again, or to 16 to split each in two; they are never merged",
  );
  await expect(statistics("5")).rejects.toThrow("there is no partition 5: PARTITIONS is 4");
});

test("versions learn what comes before and after a split once, and relearn it to the same bits; the log has eight parts", async () => {
  const spec = rankModel();
  await deployed(spec);
  const trained = new Trained(spec);
  const sent: string[] = [];
  const visit = async (from: number, n: number) => {
    for (let i = from; i < from + n; i++) {
      const id = `visit-${i}.0`;
      const rank = {
        id,
        unit: `u${i}`,
        actions: [
          { id: "a", features: {} },
          { id: "b", features: {} },
        ],
      };
      expect((await send("POST", `/v1/models/${spec.name}/rank`, rank)).status).toBe(201);
      expect((await send("POST", `/v1/decisions/${id}/feedback`, { value: i % 2 })).status).toBe(204);
      sent.push(id);
    }
  };
  await visit(0, 40);
  await expect.poll(trained.examples, { timeout: 20_000 }).toBe(40);
  set(8);
  // As they are after a deployment; the partitions find out by themselves.
  await trained.evict();
  await visit(40, 60);
  // Again, what was answered before the split.
  for (let i = 0; i < 40; i++) {
    const again = await send("POST", `/v1/decisions/visit-${i}.0/feedback`, { value: i % 2 });
    expect(again.status).toBe(204);
  }
  await expect.poll(trained.published, { timeout: 20_000 }).toBe(100);
  const { learner, journal } = await trained.rebuilt();
  expect(new Set(journal.map(({ partition }) => partition)).size).toBe(8);
  expect(learner.examples).toBe(100);
  const { number, ...rest } = await trained.snapshot();
  const { number: _, ...relearned } = learner.snapshot(1, number);
  expect(relearned).toEqual(rest);
  const rows: string[] = [];
  for (let partition = 0; partition < 8; partition++) {
    const text = await (await fetchEdge(`/v1/log?partition=${partition}&after=0&limit=1000`)).text();
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ partitions: 8 });
    rows.push(...lines.slice(0, -1).flatMap(({ kind, id }) => (kind === "decision" ? [String(id)] : [])));
  }
  expect(rows.toSorted()).toEqual(sent.toSorted());
});
