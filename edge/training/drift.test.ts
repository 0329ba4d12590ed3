import { afterEach, expect, test, vi } from "vitest";
import { adaptive, field } from "../../shared/contract/define.ts";
import type { LearnedExample } from "../../shared/versions/learn-example.ts";
import { predictModel, rankModel } from "../testing/models.ts";
import { predictRecord } from "../testing/records.ts";
import { feed, train } from "../testing/training.ts";
import { Drifts } from "./drift.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 20_000 };

afterEach(() => {
  vi.restoreAllMocks();
});

/** From the 2001st on a field is missing, and another is there. */
function examples(count: number): LearnedExample[] {
  return Array.from({ length: count }, (_, i) => {
    const context = { device: i % 2 ? "phone" : "tv", ...(i < 2000 ? { old: i % 3 } : { fresh: "yes" }) };
    return { record: { ...predictRecord("m", `d${i}`, i), context }, receivedAt: 1000 * i, value: i % 2, loss: 0.5 };
  });
}

test("a change is written in a line, when it is new, and counted in any case", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const spec = predictModel(adaptive({ bits: 10 }));
  const [told, again] = [new Drifts("m@1", spec), new Drifts("m@1", spec)];
  for (const example of examples(3000)) {
    told.learned(example, true);
    again.learned(example, false);
  }
  const lines = warn.mock.calls.map(([line]) => JSON.parse(line as string) as Record<string, unknown>);
  const line = { level: "warn", message: "what is learned from is not what it was", version: "m@1", of: "feature" };
  expect(lines).toMatchObject([
    { ...line, feature: "old", from: "missing in 0 %", to: "100 %", at: "1970-01-01T00:41:39.000Z" },
    { ...line, feature: "fresh", from: "there in 0 %", to: "100 %" },
  ]);
  expect(told.counts.feature).toEqual({ changes: 2, last: expect.any(Number) });
  expect(again.counts).toEqual(told.counts);
  expect(again.state()).toBe(told.state());
});

test("of many features that change at once eight have a line, which says how many have none", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const drifts = new Drifts("m@1", predictModel());
  const many = (value: number) => Object.fromEntries(Array.from({ length: 20 }, (_, k) => [`f${k}`, value]));
  for (const [i, example] of examples(2000).entries())
    drifts.learned({ ...example, record: { ...example.record, context: many(i < 1000 ? 1 : 2) } }, true);
  expect(warn).toHaveBeenCalledTimes(8);
  expect(JSON.parse(warn.mock.calls[7]![0] as string)).toMatchObject({ feature: "f7", more: 12 });
  expect(drifts.counts.feature.changes).toBe(20);
});

test("features to which nothing came are named, with how many examples had none, and so they are after a restart", () => {
  const { features, ...rest } = predictModel();
  const spec = { ...rest, features: { ...features, context: { device: field("device"), devcie: field("devcie") } } };
  const [first, ...more] = examples(20);
  const drifts = new Drifts("m@1", spec);
  drifts.learned(first!, true);
  expect(drifts.missing).toEqual({ names: ["context.devcie"], decisions: 1 });
  const restarted = new Drifts("m@1", spec, drifts.state());
  for (const example of more) restarted.learned(example, true);
  expect(restarted.missing).toEqual({ names: ["context.devcie"], decisions: 20 });
  restarted.learned({ ...first!, record: { ...first!.record, context: { devcie: "phone" } } }, true);
  expect(restarted.missing.names).toEqual([]);
  // One of before that kept nothing of it.
  const { missing: _, ...before } = JSON.parse(drifts.state()) as Record<string, unknown>;
  expect(new Drifts("m@1", spec, JSON.stringify(before)).missing.decisions).toBe(0);
});

test("a state that cannot be read is watched anew, with a line", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const drifts = new Drifts("m@1", predictModel(), "{");
  expect(error.mock.calls[0]![0]).toContain("what was watched for changes cannot be read, and is watched anew");
  for (const example of examples(10)) drifts.learned(example, true);
  expect(drifts.counts.feature).toEqual({ changes: 0, last: null });
});

test("what is watched is committed with what is learned, the same when that is learned again, and told in /metrics", async () => {
  const trained = await train(rankModel());
  const stateOf = () => trained.sql((sql) => sql.exec<{ drift: string }>("SELECT drift FROM checkpoint").one().drift);
  await feed(trained.spec, "0", 0, 60);
  await expect.poll(trained.examples, patience).toBe(60);
  await trained.evict();
  await feed(trained.spec, "1", 0, 60);
  await expect.poll(trained.examples, patience).toBe(120);
  const before = await stateOf();
  expect(JSON.parse(before)).toMatchObject({ examples: 120 });
  await trained.garble();
  await expect.poll(trained.examples, patience).toBe(120);
  expect(await stateOf()).toBe(before);
  expect((await trained.status()).drift.reward).toEqual({ changes: 0, last: null });
});
