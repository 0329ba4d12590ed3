import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { logPageEnd, logRow } from "../../../shared/contract/log-page.ts";
import { partitionOf } from "../../log/route.ts";
import { deployed, fetchEdge, send } from "../../testing/edge.ts";
import { predictModel, rankModel } from "../../testing/models.ts";

const films = rankModel();
const intent = predictModel();
const partition = partitionOf("door.1", Number(env.PARTITIONS));
const actions = [{ id: "a" }, { id: "b" }];

beforeAll(async () => {
  await deployed(films, intent);
  const calls = [
    [`/v1/models/${films.name}/rank`, { id: "door.1", unit: "v", actions, deferred: true }],
    [`/v1/models/${intent.name}/predict`, { id: "door.2", unit: "v" }],
    ["/v1/decisions/door.1/feedback", { value: 1, at: 1000, final: true }],
  ] as const;
  for (const [path, body] of calls) expect((await send("POST", path, body)).ok).toBe(true);
  expect((await fetchEdge("/v1/decisions/door.1/activation", { method: "POST" })).status).toBe(204);
  expect((await send("POST", "/v1/decisions/door.1/activation", { at: 2000 })).status).toBe(204);
  expect((await send("POST", "/v1/decisions/door.2/feedback", { value: 7 })).status).toBe(422);
});

async function door(query: string, headers: Record<string, string> = {}) {
  const response = await fetchEdge(`/v1/log?partition=${partition}${query}`, { headers });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
  const lines = (await response.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const encoding = response.headers.get("content-encoding");
  return { rows: lines.slice(0, -1).map((row) => logRow.parse(row)), end: lines.at(-1), lines, encoding };
}

test("the door hands out rows as they are, and last where to go on", async () => {
  const { rows, end, lines } = await door("");
  expect(rows.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    "decision door.1",
    "decision door.2",
    "feedback door.1",
    "activation door.1",
  ]);
  expect(lines[0]).toMatchObject({ format: 2, model: films.name, deferred: true, value: null });
  expect(JSON.parse(rows[0]!.record!)).toMatchObject({ format: 2, id: "door.1", deferred: true });
  expect(rows[2]).toMatchObject({ model: films.name, claimedAt: 1000, at: 1000, value: 1, final: true, record: null });
  expect(logPageEnd.parse(end)).toMatchObject({ next: 4, newest: 4 });
  expect(end.partitions).toBe(Number(env.PARTITIONS));
  expect(end.time).toBeGreaterThanOrEqual(rows[3]!.receivedAt);
});

test("the door goes on after an offset, and has rows of one model for who asks", async () => {
  const first = await door("&limit=2");
  expect([first.rows.length, first.end.next, first.end.newest]).toEqual([2, 2, 4]);
  const rest = await door(`&after=${first.end.next}`);
  expect(rest.rows.map(({ offset }) => offset)).toEqual([3, 4]);
  expect((await door(`&model=${intent.name}`)).rows.map(({ id }) => id)).toEqual(["door.2"]);
});

test("the door compresses for who takes it", async () => {
  const plain = await door("&after=0&limit=3");
  const compressed = await door("&after=0&limit=3", { "accept-encoding": "gzip" });
  expect([plain.encoding, compressed.encoding]).toEqual([null, "gzip"]);
  expect(compressed.rows).toEqual(plain.rows);
});

test("pages may read the answer, compressed or not", async () => {
  for (const encoding of ["identity", "gzip"]) {
    const headers = { origin: "http://localhost:5173", "accept-encoding": encoding };
    const response = await fetchEdge(`/v1/log?partition=${partition}`, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(headers.origin);
    expect(response.headers.get("vary")).toMatch(/origin/);
    expect(response.headers.get("vary")).toMatch(/accept-encoding/);
    expect(response.headers.get("traceparent")).not.toBeNull();
    await response.body?.cancel();
  }
});

test.each([
  ["limit=1001", 400, "query.limit"],
  ["partition=99", 404, "query.partition"],
  ["partition=x", 404, "query.partition"],
  ["after=-1", 400, "query.after"],
  ["limit=0", 400, "query.limit"],
  ["limit=many", 400, "query.limit"],
  ["model=No%20Model", 400, "query.model"],
])("the door refuses %s", async (query, status, field) => {
  const response = await fetchEdge(`/v1/log?${query}`);
  expect([response.status, await response.json()]).toMatchObject([status, { errors: [{ field }] }]);
});
