import { expect, test } from "vitest";
import type { Example } from "../log/messages.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { feed, partition, Trained } from "../testing/training.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 30_000 };

/** Puts `n` decisions of a session, for a unit, with rewards into a partition. */
async function feedSession(model: string, session: string, unit: string, n: number): Promise<void> {
  const now = Date.now();
  const ids = Array.from({ length: n }, (_, i) => `${session}.${i + 1}`);
  await partition("0").append(
    appendOf({
      decisions: ids.map((id) => incoming({ ...rankRecord(model, id, now, "tv"), unit })),
      feedback: ids.map((id) => incomingFeedback({ id, value: 1, at: now })),
    }),
  );
}

const isOf =
  (...texts: string[]) =>
  (example: Example): boolean =>
    texts.some((text) => example.record.includes(text));

/** It has published what it learns without some examples, bit for bit. */
async function expectWithout(trained: Trained, examples: number, without: (example: Example) => boolean) {
  await expect.poll(trained.published, patience).toBe(examples);
  const { learner } = await trained.rebuilt(() => {}, without);
  expect(learner.examples).toBe(examples);
  expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
}

test("what is excluded is not learned: bits are those of a log without it, also of a later version, and of its end", async () => {
  const spec = rankModel();
  const { name } = spec;
  await deployed(spec);
  const trained = new Trained(spec);
  await feed(spec, "0", 0, 20);
  await feedSession(name, "hostile", "someone", 15);
  await feed(spec, "1", 0, 10);
  await feedSession(name, "other", "villain", 5);
  await feed(spec, "0", 20, 10);
  await expectWithout(trained, 60, () => false);
  const path = `/v1/models/${name}/exclusions`;
  const exclude = async (exclusion: object) => {
    const response = await send("POST", path, exclusion);
    expect(response.status).toBe(201);
    return (await response.json()) as { number: number };
  };

  const { number } = await exclude({ session: "hostile" });
  await expectWithout(trained, 45, isOf('"hostile.'));
  expect((await trained.status()).excluded).toBe(15);
  await exclude({ unit: "villain" });
  await expectWithout(trained, 40, isOf('"hostile.', '"villain"'));
  // What comes later is excluded, too; a state that cannot be read comes to the same.
  await feedSession(name, "hostile-2", "villain", 3);
  await feed(spec, "1", 10, 4);
  await expectWithout(trained, 44, isOf('"hostile.', '"villain"'));
  await trained.garble();
  await feed(spec, "1", 14, 1);
  await expectWithout(trained, 45, isOf('"hostile.', '"villain"'));

  const later = { ...spec, reward: { ...spec.reward, aggregate: "max" as const } };
  const response = await send("POST", `/v1/models/${name}/versions`, { spec: later, stage: "shadow" });
  expect(response.status).toBe(201);
  await expect.poll(async () => (await new Trained(later, 2).status()).caughtUp, patience).toBe(true);

  const ended = await fetchEdge(`${path}/${number}`, { method: "DELETE" });
  expect(await ended.json()).toMatchObject({ number, session: "hostile", endedAt: expect.any(Number) });
  await expectWithout(trained, 60, isOf('"villain"'));
  const { exclusions } = (await (await fetchEdge(path)).json()) as { exclusions: object[] };
  expect(exclusions).toMatchObject([
    { number: 1, session: "hostile", endedAt: expect.any(Number) },
    { number: 2, unit: "villain", endedAt: null },
  ]);
});

test("a thousand sessions are excluded at once, and more than a row holds are not", async () => {
  const spec = rankModel();
  await deployed(spec);
  const trained = new Trained(spec);
  await feed(spec, "0", 0, 5);
  for (const n of [1, 500, 1000]) await feedSession(spec.name, `hostile-${n}`, "someone", 2);
  await feedSession(spec.name, "honest", "someone", 3);
  await expectWithout(trained, 14, () => false);
  const path = `/v1/models/${spec.name}/exclusions`;
  const session = Array.from({ length: 1000 }, (_, i) => `hostile-${i + 1}`);
  expect((await send("POST", path, { session })).status).toBe(201);
  await expectWithout(trained, 8, isOf('"hostile-'));
  expect((await send("POST", path, { session: [...session, "one more"] })).status).toBe(400);
  for (let n = 1; n < 10; n++) {
    const unit = session.map((each) => `${each} ${n}`);
    expect((await send("POST", path, { unit, since: 1 })).status).toBe(201);
  }
  const over = await send("POST", path, { session: "one more" });
  expect([over.status, ((await over.json()) as { detail: string }).detail]).toEqual([
    409,
    expect.stringContaining("more than 10000 sessions and units"),
  ]);
  const { history } = (await (await fetchEdge(`/v1/models/${spec.name}/versions`)).json()) as {
    history: { what: string }[];
  };
  expect(history[0]!.what.length).toBeLessThan(200);
  expect((await fetchEdge(`${path}/1`, { method: "DELETE" })).status).toBe(200);
  await expectWithout(trained, 14, () => false);
});

test("a time is excluded by when decisions were received; what was published serves until it is learned again", async () => {
  const spec = rankModel();
  await deployed(spec);
  const trained = new Trained(spec);
  await feed(spec, "2", 0, 10);
  await expect.poll(trained.published, patience).toBe(10);
  const { publication } = await trained.status();
  const since = Date.now() + 1;
  await scheduler.wait(20);
  await feedSession(spec.name, "since", "someone", 7);
  await expect.poll(trained.published, patience).toBe(17);
  const number = (await trained.status()).publication.snapshot.number;
  await send("POST", `/v1/models/${spec.name}/exclusions`, { since });
  const during = (await trained.status()).publication;
  expect([10, 17]).toContain(during.examples);
  await expectWithout(trained, 10, isOf('"since.'));
  expect((await trained.status()).publication.snapshot.number).toBeGreaterThan(number);
  expect(publication.examples).toBe(10);
});

test.each<[what: string, exclusion: object, field: string, message: string]>([
  ["nothing", {}, "body", "must name a session, a unit, or since when"],
  ["an end alone", { until: 5 }, "body", "must name a session, a unit, or since when"],
  ["an end before the beginning", { since: 5, until: 5 }, "body.until", "must be later than since"],
  ["a session with a dot", { session: "a.1" }, "body.session", "must not contain a dot"],
])("%s cannot be excluded", async (_, exclusion, field, message) => {
  const spec = rankModel();
  await deployed(spec);
  const response = await send("POST", `/v1/models/${spec.name}/exclusions`, exclusion);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: expect.arrayContaining([{ field, message }]) });
});

test("of a model that there is not nothing is excluded", async () => {
  expect((await send("POST", "/v1/models/none/exclusions", { session: "s" })).status).toBe(404);
  expect((await fetchEdge("/v1/models/none/exclusions")).status).toBe(404);
  const spec = rankModel();
  await deployed(spec);
  expect((await fetchEdge(`/v1/models/${spec.name}/exclusions/1`, { method: "DELETE" })).status).toBe(404);
});
