import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { BatchResponse } from "../../../shared/contract/envelope.ts";
import { partitionOf } from "../../log/route.ts";
import { deployed, fetchEdge, send } from "../../testing/edge.ts";
import { rankModel } from "../../testing/models.ts";
import { rankRecord } from "../../testing/records.ts";

type Letter = { number: number; id: string | null; reason: string; body: string; whole: boolean };

const partition = partitionOf("letters.1", Number(env.PARTITIONS));

async function letters(query = ""): Promise<Letter[]> {
  const response = await fetchEdge(`/v1/dead-letters?partition=${partition}${query}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { letters: Letter[] }).letters;
}
/** All letters after a number. */
async function pages(after: number): Promise<Letter[][]> {
  const response = await fetchEdge(`/v1/dead-letters?partition=${partition}&limit=500&after=${after}`);
  const { letters, next } = (await response.json()) as { letters: Letter[]; next: number | null };
  return next === null ? [letters] : [letters, ...(await pages(next))];
}
async function redrive(numbers: number[]) {
  const response = await send("POST", "/v1/dead-letters/redrive", { partition, numbers });
  expect(response.status).toBe(200);
  return (await response.json()) as { taken: number[]; left: { number: number; problem: string }[] };
}

test("what could not be used is told with its reason, and taken when it is driven again after that was mended", async () => {
  const spec = rankModel();
  const at = Date.now() - 5000;
  const early = rankRecord(spec.name, "letters.1", at);
  const junk = { ...rankRecord(spec.name, "letters.2", at), probabilities: [0.9, 0.9] };
  // Of this each number is written with 21 digits.
  const grows = { ...rankRecord(spec.name, "letters.3", at), moods: Array(60_000).fill(1e20) };
  const text = JSON.stringify({ sentAt: at, decisions: [early, junk, grows] });
  const sent = await send("POST", "/v1/batch", text.replaceAll("100000000000000000000", "1e20"));
  expect(((await sent.json()) as BatchResponse).rejected).toHaveLength(3);

  const before = await letters();
  expect(before.map(({ id, whole }) => [id, whole])).toEqual([
    ["letters.1", true],
    ["letters.2", true],
    ["letters.3", false],
  ]);
  expect(JSON.parse(before[0]!.body)).toEqual(early);
  const [first, second, third] = before.map(({ number }) => number) as [number, number, number];
  expect(await letters("&reason=deployed&limit=1")).toEqual([before[0]]);
  expect(await letters(`&after=${second}`)).toEqual([before[2]]);

  // The reason is not mended yet: nothing changes, and no further letters come of it.
  expect((await redrive([first])).left).toEqual([
    { number: first, problem: expect.stringContaining("deployed model") },
  ]);
  expect(await letters()).toEqual(before);

  await deployed(spec);
  expect(await redrive([first, second, third, 999])).toEqual({
    taken: [first],
    left: [
      { number: second, problem: expect.stringContaining("probabilities must sum to 1") },
      { number: third, problem: "only the beginning of it was kept" },
      { number: 999, problem: "there is no such letter, or no more" },
    ].sort((a, b) => a.number - b.number),
  });
  expect((await letters()).map(({ number }) => number)).toEqual([second, third]);
  const { rows } = await env.PARTITION.getByName(partition).page({ after: 0, limit: 10, model: spec.name, own: true });
  expect(rows.map(({ id, at }) => [id, at])).toEqual([["letters.1", at]]);
});

test("long letters are kept whole, told by pages that one call carries, and driven again by one call", async () => {
  const before = (await pages(0)).flat().at(-1)?.number ?? 0;
  const spec = rankModel();
  const at = Date.now() - 5000;
  const ids = Array.from({ length: 10 }, (_, n) => `letters.1.${n}`);
  for (const id of ids) {
    const decision = { ...rankRecord(spec.name, id, at), mood: "x".repeat(900_000) };
    const rejected = async () => {
      const sent = await send("POST", "/v1/batch", { sentAt: at, decisions: [decision] });
      expect(sent.status).toBe(200);
      return ((await sent.json()) as BatchResponse).rejected.length;
    };
    // Whether there is such a model is looked up some times a second: until then it is to come again.
    await expect.poll(rejected).toBe(1);
  }
  const long = await pages(before);
  expect(long.map((page) => page.length)).toEqual([5, 5, 0]);
  expect(long.flat().map(({ id, whole }) => [id, whole])).toEqual(ids.map((id) => [id, true]));
  await deployed(spec);
  const numbers = long.flat().map(({ number }) => number);
  expect(await redrive(numbers)).toEqual({ taken: numbers, left: [] });
});

test.each([
  ["partition=9", 404, "query.partition"],
  ["partition=0&limit=0", 400, "query.limit"],
  ["partition=0&after=-1", 400, "query.after"],
])("%s is refused by name", async (query, status, field) => {
  const response = await fetchEdge(`/v1/dead-letters?${query}`);
  const { errors } = (await response.json()) as { errors: { field: string }[] };
  expect([response.status, errors[0]!.field]).toEqual([status, field]);
});
