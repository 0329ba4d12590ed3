import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { LogRow } from "../../shared/contract/log-page.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { Contributions } from "../../shared/versions/contributions.ts";
import { learnExample } from "../../shared/versions/learn-example.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Erasure, UnitRecords } from "../http/api/units.ts";
import { partitionOf } from "../log/route.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { copyOf, lose, putBack, tablesOf } from "../testing/older-copy.ts";
import { Page } from "../testing/page.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { partition, Trained } from "../testing/training.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 45_000, interval: 100 };
const PARTITIONS = ["0", "1", "2", "3"];

let spec: ModelSpec;
let trained: Trained;
beforeEach(async () => {
  spec = rankModel();
  await deployed(spec);
  trained = new Trained(spec);
});

/** Puts `n` decisions of a unit's session with rewards into the session's partition. */
async function feedUnit(unit: string, session: string, n: number, more: object = {}): Promise<void> {
  const at = Date.now();
  const ids = Array.from({ length: n }, (_, i) => `${session}.${i}`);
  await partition(partitionOf(session, PARTITIONS.length)).append(
    appendOf({
      decisions: ids.map((id, i) =>
        incoming({ ...rankRecord(spec.name, id, at, i % 3 ? "phone" : "tv"), unit, session, ...more }),
      ),
      feedback: ids.map((id, i) => incomingFeedback({ id, value: (i * 7) % 5 > 2 ? 1 : 0, at })),
      activations: ids.slice(0, 2).map((id) => ({ id, claimedAt: at, at })),
    }),
  );
}

async function erase(unit: string): Promise<Erasure> {
  const response = await fetchEdge(`/v1/units/${encodeURIComponent(unit)}`, { method: "DELETE" });
  expect(response.status).toBe(202);
  const erasure = (await response.json()) as Erasure;
  expect(response.headers.get("location")).toBe(`/v1/erasures/${erasure.id}`);
  return erasure;
}

const erasureOf = async (id: string): Promise<Erasure> => (await fetchEdge(`/v1/erasures/${id}`)).json<Erasure>();

async function erased(unit: string): Promise<Erasure> {
  const { id } = await erase(unit);
  await expect.poll(async () => (await erasureOf(id)).state, patience).toBe("done");
  return erasureOf(id);
}

/** All that is known of a unit, over HTTP. */
async function recordsOf(unit: string, limit = 1000) {
  const rows: (LogRow & { partition: string })[] = [];
  const letters: UnitRecords["letters"] = [];
  for (let next: string | null = "0:0:0"; next !== null; ) {
    const query: string = `after=${next}&limit=${limit}`;
    const page: UnitRecords = await (await fetchEdge(`/v1/units/${encodeURIComponent(unit)}?${query}`)).json();
    rows.push(...page.rows);
    letters.push(...page.letters);
    next = page.next;
  }
  return { rows, letters };
}

const bytesAsText = (bytes: ArrayBuffer): string => new TextDecoder("latin1").decode(bytes);

/** Tables of all objects, and what the store has, in which a text stands. */
async function placesOf(text: string): Promise<string[]> {
  const places: string[] = [];
  const look = async (name: string, stub: DurableObjectStub) => {
    await runInDurableObject(stub, (_, { storage }) => {
      for (const table of tablesOf(storage.sql))
        for (const row of storage.sql.exec(`SELECT * FROM ${table}`).toArray())
          for (const value of Object.values(row)) {
            const shown = value instanceof ArrayBuffer ? bytesAsText(value) : String(value);
            if (shown.includes(text)) places.push(`${name} ${table}`);
          }
    });
  };
  for (const name of PARTITIONS) await look(`partition ${name}`, env.PARTITION.getByName(name) as never);
  await look("registry", env.REGISTRY.getByName("registry") as never);
  await look("trainer", trained.stub as never);
  const { objects } = await env.ARTIFACTS.list();
  for (const { key } of objects) {
    const object = await env.ARTIFACTS.get(key);
    const bytes = bytesAsText(await object!.arrayBuffer());
    if (key.includes(text) || bytes.includes(text)) places.push(key);
  }
  return [...new Set(places)];
}

/** What is learned of the examples that were published, in their order, without those of some units, as if they had never been. */
async function learnedWithout(before: Awaited<ReturnType<Trained["journal"]>>, units: readonly string[]) {
  const learner = new ModelLearner(spec);
  const positions = new Map<string, (typeof before)[number]>();
  for (const upto of before) {
    for (const example of await trained.read(upto.partition, positions.get(upto.partition) ?? null, upto))
      if (!units.includes(JSON.parse(example.record).unit)) learnExample(learner, new Contributions(), example);
    positions.set(upto.partition, upto);
  }
  return learner;
}

describe("a unit that is erased", () => {
  test("is gone from all stores, and what is learned again is what a log without it gives, bit for bit", async () => {
    await feedUnit("visitor one", "a", 20);
    await feedUnit("mallory@example.com", "b", 15);
    await feedUnit("visitor one", "c", 10);
    await feedUnit("mallory@example.com", "d", 5);
    await feedUnit("visitor two", "e", 10);
    await expect.poll(trained.published, patience).toBe(60);
    const journal = await trained.journal();
    // While they are there, what the log would give without them.
    const expected = await learnedWithout(journal, ["mallory@example.com"]);
    expect(expected.examples).toBe(40);
    expect(await placesOf("mallory@example.com")).not.toEqual([]);

    const erasure = await erased("mallory@example.com");
    expect(erasure).toMatchObject({
      erased: { decisions: 20, feedback: 20, activations: 4, letters: 0 },
      waitsFor: [],
      rowsAt: expect.any(Number),
      snapshotsAt: erasure.doneAt! + 7 * 86_400_000,
    });
    expect(erasure.dueAt - erasure.requestedAt).toBe(86_400_000);
    expect(await placesOf("mallory@example.com")).toEqual([]);
    for (const session of ["b", "d"])
      expect((await partition(partitionOf(session, 4)).page({ after: 0, limit: 1000, model: null })).rows).toEqual(
        expect.not.arrayContaining([expect.objectContaining({ id: expect.stringMatching(`^${session}\\.`) })]),
      );
    expect(await trained.published()).toBe(40);
    expect((await trained.snapshot()).weights).toEqual(expected.snapshot(1, 0).weights);
    expect((await trained.status()).publication.delta).toBe(null);
    // From a state that cannot be read it comes to the same, and goes on.
    await trained.garble();
    await feedUnit("visitor one", "f", 3);
    await expect.poll(trained.published, patience).toBe(43);
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
    expect((await recordsOf("visitor one")).rows).toHaveLength(33 * 2 + 6);
  });

  test("is found by name wherever it is, in pages of any size", async () => {
    await feedUnit("Zoë Smith", "g", 7);
    await feedUnit("Zoë", "h", 3);
    await feedUnit("Zoë Smith", "i", 4);
    await send("POST", "/v1/batch", {
      format: 2,
      sentAt: 1000,
      decisions: [{ ...rankRecord(spec.name, "j.0", 900), unit: "Zoë Smith", chosen: 9 }],
    });
    for (const limit of [1, 3, 1000]) {
      const { rows, letters } = await recordsOf("Zoë Smith", limit);
      expect(rows.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual(
        [
          ...Array.from({ length: 7 }, (_, i) => [`decision g.${i}`, `feedback g.${i}`]),
          ...Array.from({ length: 4 }, (_, i) => [`decision i.${i}`, `feedback i.${i}`]),
          ["g", "i"].flatMap((session) => [`activation ${session}.0`, `activation ${session}.1`]),
        ]
          .flat()
          .sort(),
      );
      expect(letters.map(({ id }) => id)).toEqual(["j.0"]);
    }
    expect((await erased("Zoë Smith")).erased).toEqual({ decisions: 11, feedback: 11, activations: 4, letters: 1 });
    expect(await recordsOf("Zoë Smith")).toEqual({ rows: [], letters: [] });
    expect((await recordsOf("Zoë")).rows).toHaveLength(8);
  });

  test("is erased though objects end at every step, once, and from one request", async () => {
    for (let s = 0; s < 8; s++) await feedUnit(s % 2 ? "kim" : "lee", `kill-${s}`, 40);
    await expect.poll(trained.published, patience).toBe(320);
    const { id } = await erase("kim");
    expect((await erase("kim")).id).toBe(id);
    const objects = () => [
      env.REGISTRY.getByName("registry"),
      trained.stub,
      ...PARTITIONS.map((name) => env.PARTITION.getByName(name)),
    ];
    for (let turn = 0; turn < 12; turn++) {
      // One that is not there was evicted, and has not been woken since.
      await evictDurableObject(objects()[turn % 6] as never).catch(() => {});
      await scheduler.wait(40 * (turn % 4));
    }
    await expect.poll(async () => (await erasureOf(id)).state, patience).toBe("done");
    expect((await erasureOf(id)).erased).toEqual({ decisions: 160, feedback: 160, activations: 8, letters: 0 });
    expect(await trained.published()).toBe(160);
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
    // Once it is done, another request is for what came since.
    const again = await erased("kim");
    expect(again.id).not.toBe(id);
    expect(again.erased.decisions).toBe(0);
    const { erasures } = await (await fetchEdge("/v1/erasures")).json<{ erasures: Erasure[] }>();
    expect(erasures.map((erasure) => erasure.id)).toEqual(expect.arrayContaining([id, again.id]));
  });

  test("does not come back with what a page sends later of the time before, and may come back itself", async () => {
    const issued = await send("POST", "/v1/sessions", {});
    const { sessions } = await issued.json<{ sessions: string[] }>();
    const [session] = sessions as [string];
    const page = await Page.open(spec.name);
    const decided = Array.from({ length: 30 }, (_, n) => page.decide(`${session}.${n}`, {}, { unit: "eve" }));
    const batch = async (lists: object) => {
      const response = await send("POST", "/v1/batch", { format: 2, sentAt: Date.now(), ...lists });
      return response.json<{ accepted: number; rejected: { id: string; problem: string }[] }>();
    };
    expect(await batch({ decisions: decided.slice(0, 25) })).toMatchObject({ accepted: 25, rejected: [] });
    expect((await erased("eve")).erased.decisions).toBe(25);

    // What was made before, what was said of it, and what cannot be used.
    const problem = "is of a unit that was erased since";
    const late = await batch({
      decisions: [...decided.slice(24), { ...decided[3], chosen: 99 }],
      feedback: [{ format: 2, id: `${session}.3`, value: 1, at: Date.now() }],
      activations: [{ format: 2, id: `${session}.4` }],
    });
    expect(late.accepted).toBe(0);
    expect(late.rejected.filter((item) => item.problem === problem)).toHaveLength(8);
    const feedback = await send("POST", `/v1/decisions/${session}.5/feedback`, { value: 1 });
    expect(feedback.status).toBe(410);
    expect((await send("POST", `/v1/decisions/${session}.5/activation`, {})).status).toBe(410);
    expect(await placesOf("eve")).toEqual([]);
    const { erased: counted } = await partition(partitionOf(session, 4)).statistics();
    expect(counted).toBe(11);

    // What it decides from then on is new: also in the same session, though most of that was erased.
    await evictDurableObject(partition(partitionOf(session, 4)) as never);
    const later = Array.from({ length: 3 }, (_, n) => page.decide(`${session}.${30 + n}`, {}, { unit: "eve" }));
    expect(await batch({ decisions: later, feedback: [{ format: 2, id: `${session}.31`, value: 1 }] })).toMatchObject({
      accepted: 4,
      rejected: [],
    });
    expect((await recordsOf("eve")).rows).toHaveLength(4);
  });

  test("takes nothing of others' with it: not the newest row, offsets, actions, nor exclusions", async () => {
    const own = {
      actions: [{ id: "own", features: { note: "for ann alone" } }],
      scores: [0],
      probabilities: [1],
      chosen: 0,
    };
    await feedUnit("ann", "n", 4, own);
    await feedUnit("bob", "o", 4);
    const all = { actions: [{ id: "all", features: { note: "for all" } }], scores: [0], probabilities: [1], chosen: 0 };
    await feedUnit("ann", "p", 4, all);
    await feedUnit("bob", "p-2", 4, all);
    // The newest rows of every partition are of the unit.
    for (let s = 0; s < 12; s++) await feedUnit("ann", `q-${s}`, 1);
    await expect.poll(trained.published, patience).toBe(28);
    const path = `/v1/models/${spec.name}/exclusions`;
    expect((await send("POST", path, { unit: "ann", since: 5 })).status).toBe(201);
    expect((await send("POST", path, { unit: ["ann", "carl"] })).status).toBe(201);
    expect((await fetchEdge(`${path}/1`, { method: "DELETE" })).status).toBe(200);
    expect(await placesOf("ann")).toContain(`pointers/exclusions/${spec.name}`);
    expect(await placesOf("for ann alone")).not.toEqual([]);
    const newest = await Promise.all(PARTITIONS.map(async (name) => (await partition(name).statistics()).newest));
    const bob = (await recordsOf("bob")).rows;
    await erased("ann");
    expect(await placesOf("for ann alone")).toEqual([]);
    expect((await placesOf('"ann"')).concat(await placesOf("ann"))).toEqual([]);
    const endedAt = expect.any(Number);
    expect(await (await fetchEdge(path)).json()).toMatchObject({
      exclusions: [
        { unit: "(erased)", endedAt },
        { unit: ["carl"], endedAt },
        { unit: "(erased)", endedAt },
        { unit: ["carl"], endedAt: null },
      ],
    });
    expect((await recordsOf("bob")).rows).toEqual(bob);
    for (const [i, name] of PARTITIONS.entries()) {
      await evictDurableObject(env.PARTITION.getByName(name) as never);
      expect((await partition(name).statistics()).newest).toBe(newest[i]);
    }
    await feedUnit("bob", "r", 2);
    const rows = (await recordsOf("bob")).rows.filter(({ id }) => id.startsWith("r."));
    for (const { offset, partition: name } of rows) expect(offset).toBeGreaterThan(newest[Number(name)]!);
    await expect.poll(trained.published, patience).toBe(10);
  });

  test("is forgotten by versions that are retired, too", async () => {
    await feedUnit("ann", "s", 10);
    await feedUnit("bob", "t", 10);
    await expect.poll(trained.published, patience).toBe(20);
    const later = { ...spec, reward: { ...spec.reward, aggregate: "max" as const } };
    for (const version of [2, 3]) {
      const body = { spec: { ...later, reward: { ...later.reward, wait: `${version}m` } }, stage: "live" };
      expect((await send("POST", `/v1/models/${spec.name}/versions`, body)).status).toBe(201);
      await expect.poll(async () => (await new Trained(spec, version).status()).stage, patience).toBe("live");
    }
    expect((await trained.status()).stage).toBe("retired");
    await erased("ann");
    expect(await trained.published()).toBe(10);
    expect(await trained.examples()).toBe(10);
  });

  test("is forgotten by what is learned, though the registry has lost what it knew of erasures before", async () => {
    const registry = env.REGISTRY.getByName("registry");
    const units = ["amy", "ben", "cat", "dan", "eli", "fay"];
    for (const [i, unit] of units.entries()) await feedUnit(unit, `lost-${i}`, 5);
    await expect.poll(trained.published, patience).toBe(30);
    await erased("amy");
    const older = await copyOf(registry, ["erasures", "relearning"]);
    await erased("ben");
    expect(await trained.published()).toBe(20);

    // An older copy, with a number that trainers know already.
    await putBack(registry, older);
    await erased("cat");
    expect(await trained.published()).toBe(15);

    await lose(registry);
    await erased("dan");
    await erased("eli");
    expect(await trained.published()).toBe(5);
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("is forgotten by a registry that lost its data while it was erased: all is learned again then", async () => {
    const registry = env.REGISTRY.getByName("registry");
    for (const [i, unit] of ["amy", "ben"].entries()) await feedUnit(unit, `while-${i}`, 5);
    await expect.poll(trained.published, patience).toBe(10);
    await erase("amy");
    await lose(registry);
    // Whether any partition had heard of it by then is not said: asked again it is done, whatever of it was.
    await erased("amy");
    expect(await trained.published()).toBe(5);
  });

  test("is forgotten by a trainer of which an older copy is put back", async () => {
    for (const [i, unit] of ["amy", "ben"].entries()) await feedUnit(unit, `older-${i}`, 5);
    await expect.poll(trained.published, patience).toBe(10);
    const stub = trained.stub;
    const older = await copyOf(stub);
    await erased("amy");
    expect(await trained.published()).toBe(5);
    await putBack(stub, older);
    await expect.poll(trained.examples, patience).toBe(5);
    await expect.poll(trained.published, patience).toBe(5);
  });

  test("may have any name, and none that is too long", async () => {
    const units = ["a/b?c#d", "%", '"quoted"', "𝓤nit", "' OR 1=1 --"];
    for (const unit of units) {
      await feedUnit(unit, crypto.randomUUID(), 1);
      expect((await recordsOf(unit)).rows).toHaveLength(3);
    }
    const ids = await Promise.all(units.map(async (unit) => (await erase(unit)).id));
    for (const id of ids) {
      await expect.poll(async () => (await erasureOf(id)).state, patience).toBe("done");
      expect((await erasureOf(id)).erased.decisions).toBe(1);
    }
    for (const method of ["GET", "DELETE"])
      expect((await fetchEdge(`/v1/units/${"u".repeat(129)}`, { method })).status).toBe(400);
    expect((await fetchEdge("/v1/units/u?after=x")).status).toBe(400);
    expect((await fetchEdge("/v1/erasures/none")).status).toBe(404);
  });
});

test("the registry knows a unit that is to be erased by a hash of its name alone", async () => {
  const name = "somebody-whose-name-is-nowhere";
  const { id } = await erase(name);
  // The same is asked for again meanwhile.
  expect((await erase(name)).id).toBe(id);
  for (const stub of [
    env.REGISTRY.getByName("registry"),
    ...["0", "1", "2", "3"].map((n) => env.PARTITION.getByName(n)),
  ])
    await runInDurableObject(stub as never, (_, { storage: { sql } }) => {
      const tables = sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
      );
      for (const table of tables.toArray())
        expect(JSON.stringify(sql.exec(`SELECT * FROM ${table.name}`).toArray())).not.toContain(name);
    });
  await expect.poll(async () => (await erasureOf(id)).state, patience).toBe("done");
});
