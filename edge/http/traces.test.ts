import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../channel/channel.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { Page } from "../testing/page.ts";
import { rankRecord } from "../testing/records.ts";

// A publication may be a while in coming on a busy machine.

type Line = Record<string, string | number | null> & { stage?: string; span_id: string; parent_id: string | null };

const spec = rankModel({ range: [0, 1] });
const rankPath = `/v1/models/${spec.name}/rank`;
const parent = "00f067aa0ba902b7";
let drawn = 0;
/** A caller's trace that nobody else has. */
const trace = () => (++drawn).toString(16).padStart(32, "a");
const headers = (traceId: string, flags = "01") => ({
  traceparent: `00-${traceId}-${parent}-${flags}`,
  tracestate: "v=1",
});

let output: string[] = [];
const linesOf = (traceId: string): Line[] =>
  output.filter((line) => line.includes(traceId)).map((line) => JSON.parse(line) as Line);
const stagesOf = (traceId: string) => linesOf(traceId).map(({ stage }) => stage);
const one = (traceId: string, stage: string): Line => {
  const found = linesOf(traceId).filter((line) => line.stage === stage);
  expect([stage, found.length]).toEqual([stage, 1]);
  return found[0]!;
};
const published = (traceId: string) =>
  vi.waitFor(() => expect(stagesOf(traceId)).toContain("notice"), { timeout: 20_000, interval: 100 });

beforeAll(() => deployed(spec), 60_000);
beforeEach(() => {
  output = [];
  vi.spyOn(console, "info").mockImplementation((line: string) => void output.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function rank(traceId: string, flags = "01"): Promise<string> {
  const body = { unit: "somebody-42", context: { device: "secret-device" }, actions: [{ id: "a" }, { id: "b" }] };
  const response = await send("POST", rankPath, body, headers(traceId, flags));
  expect(response.status).toBe(201);
  return (await response.json<{ id: string }>()).id;
}

const reward = async (id: string, traceId: string | null) => {
  const given = await send("POST", `/v1/decisions/${id}/feedback`, { value: 1 }, traceId ? headers(traceId) : {});
  expect(given.status).toBe(204);
};

test("a sampled trace goes with its decision to the publication and its notice, each stage the child of the one before", async () => {
  const publish = vi.spyOn(Channel.prototype, "publish");
  const traceId = trace();
  const id = await rank(traceId);
  await reward(id, null);
  await published(traceId);
  const request = one(traceId, "request");
  expect(request).toMatchObject({ parent_id: parent, method: "POST", route: "/v1/models/:model/rank", status: 201 });
  const score = one(traceId, "score");
  expect(score).toMatchObject({ parent_id: request.span_id, model: spec.name, version: 1, decision: id });
  const acknowledge = one(traceId, "acknowledge");
  expect(acknowledge.parent_id).toBe(request.span_id);
  const append = one(traceId, "append");
  expect(append).toMatchObject({
    parent_id: acknowledge.span_id,
    decision: id,
    list: "decisions",
    outcome: "accepted",
  });
  expect(append.partition).toBe(acknowledge.partition);
  const join = one(traceId, "join");
  const version = { model: spec.name, version: 1 };
  expect(join).toMatchObject({ parent_id: append.span_id, ...version, decision: id, partition: append.partition });
  const learn = one(traceId, "learn");
  expect(learn).toMatchObject({ parent_id: join.span_id, ...version, decision: id });
  const publication = one(traceId, "publish");
  expect(publication).toMatchObject({ parent_id: learn.span_id, ...version, decision: id });
  const notice = one(traceId, "notice");
  expect(notice).toMatchObject({
    parent_id: publication.span_id,
    ...version,
    snapshot: publication.snapshot,
    sockets: 0,
  });
  // The state is passed on as it came, to the last who is called.
  expect(publish.mock.lastCall?.[2]).toEqual([
    { traceparent: `00-${traceId}-${publication.span_id}-01`, tracestate: "v=1" },
  ]);
  for (const line of linesOf(traceId)) {
    expect(line).toMatchObject({ level: "info", trace_id: traceId, span_id: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(line.duration).toBeGreaterThanOrEqual(0);
    // Nothing personal.
    expect(JSON.stringify(line)).not.toMatch(/somebody|secret-device/);
  }
});

test("the trace of the feedback is followed beside that of the decision; the same one is once", async () => {
  const [deciding, rewarding, both] = [trace(), trace(), trace()];
  await reward(await rank(deciding), rewarding);
  await reward(await rank(both), both);
  for (const traceId of [deciding, rewarding, both]) await published(traceId);
  expect(stagesOf(rewarding)).toEqual(["append", "acknowledge", "request", "join", "learn", "publish", "notice"]);
  expect(stagesOf(both).filter((stage) => stage === "append")).toHaveLength(2);
  for (const stage of ["join", "learn", "publish", "notice"]) one(both, stage);
});

test("nothing is written of a trace that is not sampled, or begins here", async () => {
  const traceId = trace();
  await reward(await rank(traceId, "00"), null);
  const seen = trace();
  const id = await rank(seen);
  await reward(id, seen);
  await published(seen);
  expect(linesOf(traceId)).toEqual([]);
  expect(output.filter((line) => line.includes('"stage"') && !line.includes(seen))).toEqual([]);
});

test("the decisions of a page's batch are followed by the trace that it came with, as far as a bound", async () => {
  const traceId = trace();
  await Page.open(spec.name);
  const now = Date.now();
  const ids = Array.from({ length: 40 }, (_, i) => `traced-page-${i}`);
  const records = ids.map((id) => rankRecord(spec.name, id, now));
  const response = await send("POST", "/v1/batch", { format: 2, sentAt: now, decisions: records }, headers(traceId));
  expect(await response.json()).toMatchObject({ accepted: 40 });
  const appended = linesOf(traceId).filter(({ stage }) => stage === "append");
  const partitions = Map.groupBy(appended, ({ partition }) => partition);
  for (const of of partitions.values()) expect(of.length).toBeLessThanOrEqual(16);
  expect(appended.length).toBeGreaterThan(4);
  for (const { decision } of appended) expect(ids).toContain(decision);
});

test("whoever has everything sampled gets a bounded share, and is told which", async () => {
  const flags = new Set<string>();
  for (let n = 0; n < 400; n++) {
    const answer = await fetchEdge("/nothing", { headers: headers(trace()) });
    flags.add(answer.headers.get("traceparent")!.slice(-2));
    await answer.body?.cancel();
  }
  expect([...flags].sort()).toEqual(["00", "01"]);
  expect(output.length).toBeLessThan(300);
});
