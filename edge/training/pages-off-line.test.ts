import { expect, test } from "vitest";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { unsignedSession } from "../../shared/contract/unsigned-session.ts";
import type { Append } from "../log/messages.ts";
import { deployed, fetchEdge } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { partition, Trained, train } from "../testing/training.ts";

/** What a version makes of pages that were off line, and that it makes the same of it again. */

const patience = { timeout: 30_000 };

let sessions = 0;
const session = () => unsignedSession(sessions++, Date.now());
const waiting = (reward: Partial<ModelSpec["reward"]>): ModelSpec => {
  const spec = rankModel();
  return { ...spec, reward: { ...spec.reward, wait: "1s", default: 0, aggregate: "first", ...reward } };
};
const append = (parts: Partial<Append>) => partition("0").append(appendOf(parts));
const decision = (spec: ModelSpec, id: string, at = Date.now()) =>
  incoming(rankRecord(spec.name, id, at, id.charCodeAt(id.length - 1) % 2 ? "phone" : "desktop"));

/** Whether a version is what one that comes later makes of the log, and what it makes of it itself, again. */
async function expectSame(trained: Trained, examples: number): Promise<void> {
  const { spec } = trained;
  await expect.poll(trained.published, patience).toBe(examples);
  const { weights } = await trained.snapshot();
  expect((await trained.rebuilt()).learner.snapshot(1, 0).weights).toEqual(weights);
  const later = await train(spec, "shadow", 7);
  await expect.poll(later.published, patience).toBe(examples);
  expect((await later.snapshot()).weights).toEqual(weights);
  await trained.garble();
  await expect.poll(async () => (await trained.status()).relearns, patience).toBe(false);
  await expect.poll(trained.published, patience).toBe(examples);
  expect((await trained.snapshot()).weights).toEqual(weights);
  const replay = async (method: string) => {
    const response = await fetchEdge(`/v1/models/${spec.name}/versions/1/replay`, { method });
    return ((await response.json()) as { state: string }).state;
  };
  await replay("POST");
  await expect.poll(() => replay("GET"), patience).toBe("equal");
}

test("what a page did while it was off line is learned, and nothing as none before it was heard of", async () => {
  const spec = waiting({ lateness: "1h" });
  await deployed(spec);
  const trained = new Trained(spec);
  const [page, gone] = [session(), session()];
  const at = Date.now();
  await append({
    decisions: [0, 1, 2, 3].map((n) => decision(spec, `${page}.${n}`)),
    feedback: [incomingFeedback({ id: `${page}.0`, value: 1, at })],
  });
  // Somebody else's page, of which nobody hears again; and a caller that is none.
  await append({ decisions: [decision(spec, `${gone}.0`), decision(spec, "order-1")] });
  await expect.poll(trained.examples, patience).toBe(1);
  await scheduler.wait(1500);
  expect(await trained.examples()).toBe(1);
  await append({
    decisions: [decision(spec, `${page}.4`)],
    feedback: [incomingFeedback({ id: `${page}.1`, value: 1, at: at + 500 })],
  });
  await expect.poll(trained.examples, patience).toBe(4);
  const told = (await trained.read("0", null, null)).map(({ record, value }) => [JSON.parse(record).id, value]);
  expect(told).toEqual([
    [`${page}.0`, 1],
    [`${page}.1`, 1],
    [`${page}.2`, 0],
    [`${page}.3`, 0],
  ]);
  // It had been heard of.
  await append({ feedback: [incomingFeedback({ id: `${page}.2`, value: 1, at: at + 600 })] });
  await append({ feedback: [incomingFeedback({ id: `${page}.3`, value: 1, at: at + 5000 })] });
  await expect.poll(async () => (await trained.status()).late, patience).toBe(2);
  expect(await trained.status()).toMatchObject({ missed: 1, unlearnable: 0 });
  await expectSame(trained, 4);
  expect(await trained.status()).toMatchObject({ missed: 1, late: 2 });
  expect(await (await fetchEdge("/metrics")).text()).toContain(
    `edgewise_missed_feedback_total{model="${spec.name}",version="1"} 1`,
  );
});

test("a page that is never heard of again is waited for as long as its wait again", async () => {
  const spec = waiting({});
  await deployed(spec);
  const trained = new Trained(spec);
  const pages = Array.from({ length: 10 }, session);
  for (const page of pages) await append({ decisions: [0, 1, 2].map((n) => decision(spec, `${page}.${n}`)) });
  await expectSame(trained, 30);
});
