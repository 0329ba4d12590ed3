import { env, exports } from "cloudflare:workers";
import fc from "fast-check";
import { hc } from "hono/client";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { predictResponse, rankResponse } from "../../shared/contract/calls.ts";
import { auto, factorised } from "../../shared/contract/define.ts";
import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import { manifest, type Notice, type SnapshotNotice } from "../../shared/contract/manifest.ts";
import { problem } from "../../shared/contract/problem.ts";
import { partitionOf } from "../log/route.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { predictModel, rankModel } from "../testing/models.ts";
import { rankRecord } from "../testing/records.ts";
import type { AppType } from "./api/app-type.ts";
import { app } from "./app.ts";

// For a busy machine; nothing here waits that long otherwise.

const post = (path: string, body: unknown, headers: Record<string, string> = {}) => send("POST", path, body, headers);
const client = hc<AppType>("http://localhost", { fetch: exports.default.fetch.bind(exports.default) });

const films = rankModel();
const intent = predictModel();
const other = rankModel();
/** Logs what no feature reads, too. */
const keeping = rankModel({}, { keep: { context: "all", action: "all" } });
beforeAll(() => deployed(films, intent, other, keeping));

/** How many examples a model's live version has learned and published. */
const learned = async (model: string) => manifest.parse(await (await fetchEdge(`/v1/models/${model}`)).json()).examples;
const patience = { timeout: 30_000 };

const actions = [
  { id: "a", features: { genre: "drama" } },
  { id: "b", features: { genre: "crime" } },
];
const rankPath = `/v1/models/${films.name}/rank`;
const predictPath = `/v1/models/${intent.name}/predict`;
const otherRankPath = `/v1/models/${other.name}/rank`;
const keepingRankPath = `/v1/models/${keeping.name}/rank`;

/** But for the time, which goes on. */
async function statistics(id: string) {
  const partition = env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS)));
  const { time: _, ...rest } = await partition.statistics();
  return rest;
}

describe("rank and predict", () => {
  test("answer 201 with the decision, which is in the log by then", async () => {
    const before = await statistics("known.1");
    const response = await post(rankPath, { id: "known.1", unit: "v", actions, context: { device: "phone" } });
    expect(response.status).toBe(201);
    expect(response.headers.get("server-timing")).toMatch(/^score;dur=[\d.]+, log;dur=[\d.]+$/);
    const body = rankResponse.parse(await response.json());
    expect(body).toMatchObject({ id: "known.1", model: `${films.name}@1.0` });
    expect(body.ranking[0]!.id).toBe(body.chosen);
    expect(body.ranking.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1);
    expect((await statistics("known.1")).decisions).toBe(before.decisions + 1);
  });

  test("a repeat changes nothing and answers the same", async () => {
    for (const [path, call] of [
      [rankPath, { id: "again.1", unit: "v", actions }],
      [predictPath, { id: "again.2", unit: "v" }],
    ] as const) {
      const first = await (await post(path, call)).json();
      const before = await statistics(call.id);
      for (const changed of [call, { ...call, context: { device: "tv" } }])
        expect(await (await post(path, changed)).json()).toEqual(first);
      expect(await statistics(call.id)).toMatchObject({ decisions: before.decisions });
    }
  });

  test("say which features made a score when they are asked to", async () => {
    const ranked = rankResponse.parse(await (await post(rankPath, { unit: "v", actions, explain: 2 })).json());
    for (const { explanation } of ranked.ranking) expect(explanation!.contributions).toHaveLength(2);
    const predicted = predictResponse.parse(await (await post(predictPath, { unit: "v", explain: 1 })).json());
    expect(predicted.explanation!.contributions[0]!.parts.length).toBeGreaterThan(0);
  });

  test("fill several places, each a decision with feedback of its own; a repeat answers the same", async () => {
    const before = await statistics("list.1");
    const call = { id: "list.1", unit: "v", actions, slots: [{ place: "top" }, {}] };
    const body = rankResponse.parse(await (await post(rankPath, call)).json());
    expect(body.slots!.map(({ id }) => id)).toEqual(["list.1", "list.1.1"]);
    expect(new Set(body.slots!.map(({ chosen }) => chosen)).size).toBe(2);
    expect(body.slots![0]!.chosen).toBe(body.chosen);
    expect(await (await post(rankPath, call)).json()).toEqual(body);
    for (const { id } of body.slots!)
      expect((await post(`/v1/decisions/${id}/feedback`, { value: 1 })).status).toBe(204);
    const after = await statistics("list.1");
    expect(after).toMatchObject({ decisions: before.decisions + 2, feedback: before.feedback + 2 });
    // Which slot it is, the edge finds: it is the feedback that was given by the slot's id.
    for (const { id, chosen } of body.slots!) {
      const at = Date.now();
      expect((await post(`/v1/decisions/${id}/feedback`, { value: 0.5, at })).status).toBe(204);
      expect((await post("/v1/decisions/list.1/feedback", { action: chosen, value: 0.5, at })).status).toBe(204);
    }
    expect(await statistics("list.1")).toMatchObject({ feedback: after.feedback + 2 });
    const shown = new Set(body.slots!.map(({ chosen }) => chosen));
    const absent = actions.find(({ id }) => !shown.has(id))?.id ?? "nowhere";
    const nowhere = await post("/v1/decisions/list.1/feedback", { action: absent, value: 1 });
    expect(nowhere.status).toBe(422);
    expect(await nowhere.json()).toMatchObject({
      errors: [{ field: "body.action", message: "stands in no slot of the list" }],
    });
    expect((await post("/v1/decisions/list.9/feedback", { action: "a", value: 1 })).status).toBe(404);
    const fewer = await post(rankPath, { ...call, id: "list.2", slots: [{}] });
    expect(fewer.status).toBe(201);
    const more = await post(rankPath, { ...call, id: "list.2" });
    expect(more.status).toBe(409);
    expect(await more.json()).toMatchObject({ errors: [{ field: "body.slots" }] });
  });

  test("log nothing of a list that they refuse, so that it is refused again", async () => {
    const call = { unit: "v", actions: many(5), slots: [{}, {}, {}] };
    const one = await post(rankPath, { ...call, id: "half.1", slots: [{}] });
    expect(one.status).toBe(201);
    expect((await post(otherRankPath, { unit: "v", actions, id: "taken.1.2" })).status).toBe(201);
    const before = [await statistics("half.1"), await statistics("taken.1")];
    for (let again = 0; again < 2; again++) {
      const more = await post(rankPath, { ...call, id: "half.1" });
      expect([more.status, await more.json()]).toMatchObject([409, { errors: [{ field: "body.slots" }] }]);
      const taken = await post(rankPath, { ...call, id: "taken.1" });
      expect([taken.status, await taken.json()]).toMatchObject([409, { errors: [{ field: "body.id" }] }]);
    }
    expect([await statistics("half.1"), await statistics("taken.1")]).toEqual(before);
  });

  test("put no action in two places, though their ids were decided one by one before", async () => {
    const call = { unit: "v", actions: many(1) };
    for (const id of ["apart.1", "apart.1.1"]) expect((await post(rankPath, { ...call, id })).status).toBe(201);
    const list = await post(rankPath, { unit: "v", actions: many(3), id: "apart.1", slots: [{}, {}] });
    expect([list.status, await list.json()]).toMatchObject([409, { errors: [{ field: "body.id" }] }]);
  });

  test("refuse more places than the log can take of such actions", async () => {
    const features = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`n${i}`, Array(200).fill(1e20)]));
    const body = JSON.stringify({
      unit: "v",
      actions: many(80).map(({ id }) => ({ id, features })),
      slots: Array(20).fill({}),
    });
    const list = await post(keepingRankPath, body.replaceAll("100000000000000000000", "1e20"));
    expect([list.status, await list.json()]).toMatchObject([413, { errors: [{ field: "body.slots" }] }]);
  });

  test("make up an id: in the session's partition when there is a session", async () => {
    const alone = (await (await post(rankPath, { unit: "v", actions })).json()) as { id: string };
    const session = (await (await post(rankPath, { unit: "v", session: "s7", actions })).json()) as { id: string };
    expect(alone.id).toMatch(/^[\w-]{40}\.0$/);
    expect(session.id).toMatch(/^s7\.[0-9a-f-]{36}$/);
  });

  test("an id belongs to who made it: a repeat of another call is a conflict, shows nothing and changes nothing", async () => {
    const call = { id: "order-1001", unit: "owner", actions, slots: [{ place: "top" }, {}] };
    const label = { id: "order-1002", unit: "owner" };
    const first = await (await post(keepingRankPath, call)).json();
    const predicted = await (await post(predictPath, label)).json();
    const before = await statistics(call.id);
    const others: [string, string, object][] = [
      ["body.id", keepingRankPath, { ...call, unit: "stranger" }],
      ["body.id", keepingRankPath, { ...call, session: "order-1001" }],
      ["body.id", keepingRankPath, { ...call, actions: actions.slice(1) }],
      ["body.id", keepingRankPath, { ...call, actions: [...actions, { id: "c" }] }],
      ["body.id", keepingRankPath, { ...call, actions: actions.toReversed() }],
      ["body.id", keepingRankPath, { ...call, actions: [actions[0], { ...actions[1], features: { genre: "war" } }] }],
      ["body.slots", keepingRankPath, { ...call, slots: [{ place: "side" }, {}] }],
      ["body.slots", keepingRankPath, { ...call, slots: [{ place: "top" }] }],
      ["body.slots", keepingRankPath, { ...call, slots: undefined }],
      ["body.id", otherRankPath, call],
      ["body.id", predictPath, { id: call.id, unit: "owner" }],
      // A further slot's id is not free either.
      ["body.id", keepingRankPath, { ...call, id: "order-1001.1", slots: undefined }],
      ["body.id", predictPath, { ...label, unit: "stranger" }],
      ["body.id", keepingRankPath, { unit: "owner", actions, id: label.id }],
    ];
    const said = new Map<string, string>();
    for (const [field, path, other] of others) {
      const response = await post(path, other);
      const problem = (await response.json()) as { detail: string; errors: { field: string }[] };
      expect([response.status, problem.errors.map((e) => e.field)], JSON.stringify(other)).toEqual([409, [field]]);
      // Whatever it is that differs, the answer is the same: so it tells nobody what is right.
      expect(problem.detail).toBe(said.get(field) ?? problem.detail);
      said.set(field, problem.detail);
    }
    expect(await statistics(call.id)).toMatchObject({ decisions: before.decisions, newest: before.newest });
    expect(await (await post(keepingRankPath, call)).json()).toEqual(first);
    expect(await (await post(predictPath, label)).json()).toEqual(predicted);
  });

  test("a decision that a page claims under an id is not answered to who asks the edge by it", async () => {
    const claimed = { ...rankRecord(films.name, "order-2001", Date.now()), unit: "owner", actions };
    expect(await (await post("/v1/batch", { sentAt: Date.now(), decisions: [claimed] })).json()).toMatchObject({
      accepted: 1,
    });
    const response = await post(rankPath, { id: "order-2001", unit: "owner", actions });
    expect([response.status, await response.json()]).toMatchObject([409, { errors: [{ field: "body.id" }] }]);
  });

  test("an id that another model has used is a conflict", async () => {
    await post(rankPath, { id: "taken.1", unit: "v", actions });
    const response = await post(predictPath, { id: "taken.1", unit: "v" });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ errors: [{ field: "body.id" }] });
  });

  test("learn from feedback, and later decisions are made with the newer snapshot", async () => {
    const spec = rankModel();
    await deployed(spec);
    const path = `/v1/models/${spec.name}`;
    for (let i = 0; i < 30; i++) {
      const { id, chosen } = (await (await post(`${path}/rank`, { unit: "v", actions })).json()) as {
        id: string;
        chosen: string;
      };
      const { status } = await post(`/v1/decisions/${id}/feedback`, { value: chosen === "b" ? 1 : 0 });
      expect(status).toBe(204);
    }
    await expect.poll(() => learned(spec.name), patience).toBe(30);
    await expect
      .poll(
        async () => {
          const decision = rankResponse.parse(await (await post(`${path}/rank`, { unit: "v", actions })).json());
          return decision.ranking.toSorted((x, y) => y.score - x.score)[0]!.id;
        },
        { timeout: 10_000 },
      )
      .toBe("b");
  });
});

describe("feedback", () => {
  test("for an unknown decision is kept and joined when the decision comes", async () => {
    const spec = rankModel();
    await deployed(spec);
    expect((await post("/v1/decisions/early.1/feedback", { value: 1 })).status).toBe(204);
    await post(`/v1/models/${spec.name}/rank`, { id: "early.1", unit: "v", actions });
    await expect.poll(() => learned(spec.name), patience).toBe(1);
  });

  test("finds decisions whose ids need percent-encoding", async () => {
    const spec = rankModel();
    await deployed(spec);
    for (const id of ["a/b.1", "100%", "ä ö.2", "x%2Fy", "q?a=1#f"]) {
      await post(`/v1/models/${spec.name}/rank`, { id, unit: "v", actions });
      expect((await post(`/v1/decisions/${encodeURIComponent(id)}/feedback`, { value: 1 })).status).toBe(204);
    }
    await expect.poll(() => learned(spec.name), patience).toBe(5);
  });
});

/** The value with the n-th of its places, counted around, replaced. */
function replaced(value: unknown, n: number, replacement: unknown): unknown {
  const count = JSON.stringify(value).match(/[[{:,]/g)?.length ?? 1;
  let place = n % count;
  return JSON.parse(JSON.stringify(value), (_, v) => (place-- === 0 ? replacement : v));
}

type Row = [what: string, request: () => Promise<Response>, status: number, field: string | RegExp];

const wide = (name: string) => Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${name}${i}`, i]));
const rankCall = { id: "bad.1", unit: "v", actions };
const many = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `a${i}` }));
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
/** A body whose length nobody says beforehand. */
const streamed = (bytes: number) =>
  new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < bytes; sent += 65_536) controller.enqueue(new Uint8Array(65_536).fill(32));
      controller.close();
    },
  });

const badInput: Row[] = [
  ["JSON that stops", () => post(rankPath, '{"unit": "v",'), 400, "body"],
  ["JSON with a stray comma", () => post(rankPath, '{"unit": "v",}'), 400, "body"],
  ["NaN", () => post(rankPath, '{"unit":"v","context":{"x":NaN},"actions":[{"id":"a"}]}'), 400, "body"],
  ["an empty body", () => post(rankPath, ""), 400, "body"],
  ["a list", () => post(rankPath, []), 400, "body"],
  ["null", () => post(rankPath, "null"), 400, "body"],
  [
    "bytes that are not UTF-8",
    () =>
      fetchEdge(rankPath, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: new Uint8Array([0x22, 0xff, 0x22]),
      }),
    400,
    "body",
  ],
  [
    "a number beyond a double",
    () => post(rankPath, '{"unit":"v","context":{"x":1e999},"actions":[{"id":"a"}]}'),
    400,
    "body.context.x",
  ],
  ["an infinite feedback", () => post("/v1/decisions/x.1/feedback", '{"value":1e999}'), 400, "body.value"],
  ["a text for feedback", () => post("/v1/decisions/x.1/feedback", { value: "1" }), 400, "body.value"],
  ["no feedback value", () => post("/v1/decisions/x.1/feedback", {}), 400, "body.value"],
  ["a negative time", () => post("/v1/decisions/x.1/feedback", { value: 1, at: -1 }), 400, "body.at"],
  ["an explanation without end", () => post(rankPath, { ...rankCall, explain: 1000 }), 400, "body.explain"],
  ["no places", () => post(rankPath, { ...rankCall, slots: [] }), 400, "body.slots"],
  ["too many places", () => post(rankPath, { ...rankCall, slots: Array(21).fill({}) }), 400, "body.slots"],
  ["a number of places", () => post(rankPath, { ...rankCall, slots: 3 }), 400, "body.slots"],
  ["places and a long id", () => post(rankPath, { ...rankCall, id: "x".repeat(256), slots: [{}, {}] }), 400, "body.id"],
  ["places of a prediction", () => post(predictPath, { unit: "v", slots: [{}] }), 400, "body.slots"],
  [
    "a place with too many properties",
    () => post(rankPath, { ...rankCall, context: wide("c"), slots: [{}, wide("s")] }),
    400,
    "body.slots[1]",
  ],
  ["no unit", () => post(rankPath, { actions }), 400, "body.unit"],
  ["no actions", () => post(rankPath, { unit: "v" }), 400, "body.actions"],
  ["0 actions", () => post(rankPath, { ...rankCall, actions: [] }), 400, "body.actions"],
  ["too many actions", () => post(rankPath, { ...rankCall, actions: many(1001) }), 400, "body.actions"],
  [
    "duplicate action ids",
    () => post(rankPath, { ...rankCall, actions: [{ id: "a" }, { id: "b" }, { id: "a" }] }),
    400,
    "body.actions[2].id",
  ],
  ["an unknown field", () => post(rankPath, { ...rankCall, contxt: {} }), 400, "body.contxt"],
  [
    "an unknown field of an action",
    () => post(rankPath, { ...rankCall, actions: [{ id: "a", feature: {} }] }),
    400,
    "body.actions[0].feature",
  ],
  [
    "an object too deep in the context",
    () => post(rankPath, { ...rankCall, context: { a: { b: { c: 1 } } } }),
    400,
    /^body\.context\.a/,
  ],
  ["nesting without end", () => post(rankPath, nested(50_000)), 400, /^body\.a/],
  [
    "a list without end",
    () => post("/v1/batch", `{"sentAt":1,"decisions":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
    400,
    /^body\.decisions/,
  ],
  [
    "a __proto__ key",
    () => post(rankPath, '{"unit":"v","context":{"__proto__":{"x":1}},"actions":[{"id":"a"}]}'),
    400,
    "body.context.__proto__",
  ],
  ["a control character in an id", () => post(rankPath, { ...rankCall, id: "a\u0000b" }), 400, "body.id"],
  [
    "a lone surrogate in an id",
    () => post(rankPath, '{"id":"\\ud800","unit":"v","actions":[{"id":"a"}]}'),
    400,
    "body.id",
  ],
  ["an id that is too long", () => post(rankPath, { ...rankCall, id: "x".repeat(257) }), 400, "body.id"],
  [
    "a text that is too long",
    () => post(rankPath, { ...rankCall, context: { x: "x".repeat(2 ** 18 + 1) } }),
    400,
    "body.context.x",
  ],
  ["a session with a dot", () => post(rankPath, { ...rankCall, session: "a.b" }), 400, "body.session"],
  [
    "an event of an odd type",
    () => post(rankPath, { ...rankCall, events: [{ type: "a b", at: 1 }] }),
    400,
    "body.events[0].type",
  ],
  [
    "an event without a time",
    () => post(rankPath, { ...rankCall, events: [{ type: "view" }] }),
    400,
    "body.events[0].at",
  ],
  ["actions for predict", () => post(predictPath, { unit: "v", actions }), 400, "body.actions"],
  ["rank with a predict model", () => post(`/v1/models/${intent.name}/rank`, rankCall), 400, "path.model"],
  ["predict with a rank model", () => post(`/v1/models/${films.name}/predict`, { unit: "v" }), 400, "path.model"],
  [
    "a label that is none",
    async () => {
      await post(predictPath, { id: "label.1", unit: "v" });
      return post("/v1/decisions/label.1/feedback", { value: 7 });
    },
    422,
    "body.value",
  ],
  ["an unknown model", () => post("/v1/models/nobody/rank", rankCall), 404, "path.model"],
  ["an unknown model's manifest", () => fetchEdge("/v1/models/nobody"), 404, "path.model"],
  ["an unknown model's socket", () => fetchEdge("/v1/models/nobody/live"), 404, "path.model"],
  ["a model named like a prototype", () => fetchEdge("/v1/models/__proto__"), 404, "path.model"],
  ["a hash that is none", () => fetchEdge("/v1/artifacts/abc"), 400, "path.sha256"],
  ["a hash of nothing", () => fetchEdge(`/v1/artifacts/${"0".repeat(64)}`), 404, "path.sha256"],
  ["a path that is not of the API", () => fetchEdge("/v1/nothing"), 404, "path"],
  ["a page that is not there", () => fetchEdge("/nothing"), 404, "path"],
  ["no upgrade", () => fetchEdge(`/v1/models/${films.name}/live`), 426, "header.upgrade"],
  ["broken percent-encoding", () => post("/v1/decisions/%E0%A4%A/feedback", { value: 1 }), 400, "path"],
  [
    "an id in the path that is too long",
    () => post(`/v1/decisions/${"x".repeat(257)}/feedback`, { value: 1 }),
    400,
    "path.id",
  ],
  ["a control character in the path", () => post("/v1/decisions/a%00b/feedback", { value: 1 }), 400, "path.id"],
  ["a body of 5 MB", () => post(rankPath, " ".repeat(5 * 1024 * 1024)), 413, "body"],
  [
    "a streamed body that is too long",
    () =>
      fetchEdge(rankPath, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: streamed(MAX_BODY_BYTES + 1),
        duplex: "half",
      } as RequestInit),
    413,
    "body",
  ],
  [
    "no content type",
    () => fetchEdge(rankPath, { method: "POST", body: new Uint8Array([0x7b, 0x7d]) }),
    415,
    "header.content-type",
  ],
  [
    "a form",
    () => fetchEdge(rankPath, { method: "POST", body: new URLSearchParams({ unit: "v" }) }),
    415,
    "header.content-type",
  ],
  ["another compression", () => post(rankPath, rankCall, { "content-encoding": "br" }), 415, "header.content-encoding"],
  ["gzip that is none", () => post(rankPath, rankCall, { "content-encoding": "gzip" }), 400, "body"],
  ["GET for rank", () => fetchEdge(rankPath), 405, "method"],
  ["DELETE for a model", () => fetchEdge(`/v1/models/${films.name}`, { method: "DELETE" }), 405, "method"],
  ["PUT for a page", () => fetchEdge("/somewhere", { method: "PUT" }), 405, "method"],
  ["a batch without its time", () => post("/v1/batch", { decisions: [] }), 400, "body.sentAt"],
  ["a batch of no list", () => post("/v1/batch", { sentAt: 1, decisions: {} }), 400, "body.decisions"],
  ["a batch that is too long", () => post("/v1/batch", { sentAt: 1, feedback: new Array(501).fill({}) }), 400, "body"],
];

describe("bad input", () => {
  test.each(badInput)("%s", async (_, request, status, field) => {
    const response = await request();
    const body = problem.parse(await response.json());
    expect({ status: response.status, said: body.status }).toEqual({ status, said: status });
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const fields = body.errors!.map((error) => error.field);
    expect(fields).toContainEqual(typeof field === "string" ? field : expect.stringMatching(field));
    expect(body.errors!.every(({ message }) => message.length > 0)).toBe(true);
    expect(response.headers.get("traceparent")).toContain(body.traceId!);
  });

  test("that is not JSON is told where", async () => {
    const response = await post(rankPath, '{\n  "unit": "v",\n  "actions": [}\n}');
    expect(((await response.json()) as { detail: string }).detail).toMatch(/line 3, column 15/);
  });

  test("405 says what is allowed", async () => {
    expect((await fetchEdge(rankPath)).headers.get("allow")).toBe("POST");
    expect((await fetchEdge("/v1/models", { method: "POST" })).headers.get("allow")).toBe("GET, HEAD");
  });

  test("of any kind never makes the edge fail", async () => {
    const valid = {
      [rankPath]: { unit: "v", context: { device: "phone" }, events: [{ type: "view", at: 1 }], actions },
      [predictPath]: { unit: "v", context: { device: "phone" } },
      "/v1/decisions/fuzz.1/feedback": { value: 1, at: 1, final: true },
      "/v1/batch": {
        sentAt: 1,
        decisions: [rankRecord(films.name, "fuzz.2", 1)],
        feedback: [{ id: "fuzz.2", value: 1 }],
      },
    };
    const bodies = fc.constantFrom(...Object.keys(valid)).chain((path) =>
      fc.tuple(
        fc.constant(path),
        fc.oneof(
          fc.jsonValue(),
          // A valid body with one place in it changed.
          fc
            .tuple(fc.nat(), fc.jsonValue())
            .map(([place, value]) => replaced(valid[path as keyof typeof valid], place, value)),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async ([path, body]) => {
        expect((await post(path, body)).status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  test("odd values that are allowed do not hurt", async () => {
    const odd = { toString: 1, constructor: "x", "": null, ключ: ["a", null, 1, true], n: -0, big: 1e308, s: "\ud800" };
    const { "": _, ...context } = odd;
    const response = await post(rankPath, { unit: "v", context, actions: [{ id: "__proto__", features: context }] });
    expect(response.status).toBe(201);
  });
});

describe("models and artifacts", () => {
  test("a manifest points to artifacts that are cacheable for ever", async () => {
    const response = await fetchEdge(`/v1/models/${films.name}`);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { snapshot, spec } = manifest.parse(await response.json());
    expect(spec).toEqual(films);
    const artifact = await fetchEdge(snapshot.url);
    expect(artifact.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    const etag = artifact.headers.get("etag")!;
    expect(etag).toBe(`"${snapshot.sha256}"`);
    expect((await artifact.arrayBuffer()).byteLength).toBe(snapshot.bytes);
    const again = await fetchEdge(snapshot.url, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });

  test("a model whose manifest cannot be read is listed with its problem, beside the others", async () => {
    const broken = rankModel();
    await deployed(broken);
    const key = `pointers/versions/${broken.name}/1`;
    const pointer = await (await env.ARTIFACTS.get(key))!.text();
    await env.ARTIFACTS.delete(key);
    const answer = (await (await fetchEdge("/v1/models")).json()) as {
      models: { model: string }[];
      unread: { model: string; problem: string }[];
    };
    expect(answer.models.map(({ model }) => model)).toContain(films.name);
    expect(answer.unread).toEqual([
      { model: broken.name, problem: expect.stringContaining("cannot be read at the moment: ") },
    ]);
    await env.ARTIFACTS.put(key, pointer);
  });

  test("an artifact that is not there is a problem", async () => {
    const response = await fetchEdge(`/v1/artifacts/${"0".repeat(64)}`);
    expect(response.status).toBe(404);
    expect(problem.parse(await response.json()).detail).toContain("no artifact");
  });

  test("the newest snapshot comes as an ONNX file", async () => {
    const response = await fetchEdge(`/v1/models/${films.name}/onnx`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toMatch(/filename="rank-0-1\.\d+\.onnx"/);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
  });

  test("a factorised head has no ONNX form, which is no failure of the edge", async () => {
    const spec = predictModel(factorised({ bits: 10 }));
    await deployed(spec);
    const response = await fetchEdge(`/v1/models/${spec.name}/onnx`);
    expect(response.status).toBe(404);
    expect(problem.parse(await response.json()).detail).toContain("no ONNX form");
  });

  test("a manifest tells what the default learner serves, and why", async () => {
    const spec = predictModel(auto({ bits: 10 }));
    await deployed(spec);
    const report = async () => manifest.parse(await (await fetchEdge(`/v1/models/${spec.name}`)).json()).report;
    expect(await report()).toContain("no examples yet");
    const { id } = (await (await post(`/v1/models/${spec.name}/predict`, { unit: "v" })).json()) as { id: string };
    expect((await post(`/v1/decisions/${id}/feedback`, { value: 1 })).status).toBe(204);
    await vi.waitFor(async () => expect(await report()).toMatch(/^recent loss of what is served: 0\.\d{4}\n/), 20_000);
    expect(manifest.parse(await (await fetchEdge(`/v1/models/${intent.name}`)).json()).report).toBeNull();
  });

  test("a page is told of a snapshot after feedback", async () => {
    const spec = rankModel();
    await deployed(spec);
    const response = await fetchEdge(`/v1/models/${spec.name}/live`, { headers: { upgrade: "websocket" } });
    expect(response.status).toBe(101);
    const notices: SnapshotNotice[] = [];
    const socket = response.webSocket!;
    socket.addEventListener("message", ({ data }) => {
      const notice = JSON.parse(data as string) as Notice;
      if (notice.type === "snapshot") notices.push(notice);
    });
    socket.accept();
    await expect.poll(() => notices.length, patience).toBe(1);
    expect(notices[0]).toMatchObject({ type: "snapshot", model: spec.name, snapshot: { number: 0 } });
    await post(`/v1/models/${spec.name}/rank`, { id: "live.1", unit: "v", actions });
    await post("/v1/decisions/live.1/feedback", { value: 1 });
    await expect
      .poll(() => notices.at(-1), { timeout: 10_000 })
      .toMatchObject({ snapshot: { number: 1 }, examples: 1 });
    expect(notices.at(-1)!.snapshot.newestFeedbackAt).toBeGreaterThan(0);
    socket.close();
  });
});

describe("what every answer has", () => {
  test("goes on with the caller's trace", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const traced = await fetchEdge("/health", { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    expect(traced.headers.get("traceparent")).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(traced.headers.get("traceresponse")).toBe(traced.headers.get("traceparent"));
    const later = { traceparent: `cc-${traceId}-00f067aa0ba902b7-01-more`, tracestate: "vendor=1,other=2" };
    const passed = await fetchEdge("/health", { headers: later });
    expect(passed.headers.get("traceparent")).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(passed.headers.get("tracestate")).toBe("vendor=1,other=2");
    for (const bad of ["nonsense", `ff-${traceId}-00f067aa0ba902b7-01`, `00-${"0".repeat(32)}-00f067aa0ba902b7-01`]) {
      const fresh = await fetchEdge("/health", { headers: { traceparent: bad } });
      expect(fresh.headers.get("traceparent")).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    }
  });

  test("while there are no keys, pages of this machine may read answers, and no others", async () => {
    const preflight = (origin: string) =>
      fetchEdge("/v1/batch", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
    const own = await preflight("http://localhost:5173");
    expect(own.status).toBe(204);
    expect(own.headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    expect(own.headers.get("access-control-allow-headers")).toBe(
      "authorization, baggage, content-encoding, content-type, traceparent, tracestate",
    );
    // What monitoring adds to each request of a page keeps none of them back.
    for (const asked of [
      "content-type,sentry-trace,baggage",
      "authorization,x-datadog-trace-id,x-datadog-parent-id,newrelic,b3,x-b3-sampled,request-id,x-some-vendor-of-tomorrow",
    ]) {
      const preflight = await fetchEdge("/v1/batch", {
        method: "OPTIONS",
        headers: {
          origin: "http://localhost:5173",
          "access-control-request-method": "POST",
          "access-control-request-headers": asked,
        },
      });
      expect(preflight.headers.get("access-control-allow-headers")).toBe(asked);
      expect(preflight.headers.get("vary")).toBe("origin, access-control-request-headers");
    }
    for (const path of ["/v1/models", "/v1/models/nobody"]) {
      const answer = await fetchEdge(path, { headers: { origin: "http://127.0.0.1:5173" } });
      expect(answer.headers.get("access-control-allow-origin")).toBe("http://127.0.0.1:5173");
      expect(answer.headers.get("vary")).toContain("origin");
    }
    const other = await preflight("https://shop.example");
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("operations", () => {
  test("health asks everything", async () => {
    expect(await (await fetchEdge("/health")).json()).toMatchObject({ status: "ok", partitions: 4 });
  });

  test("the OpenAPI document lists every route", async () => {
    const document = (await (await fetchEdge("/openapi.json")).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
    };
    expect(document.openapi).toBe("3.1.0");
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    const routed = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
    expect(new Set(described)).toEqual(new Set(routed.filter((route) => route !== "GET /openapi.json")));
    for (const operations of Object.values(document.paths))
      for (const { responses } of Object.values(operations)) expect(responses).toHaveProperty("default");
  });

  test("the document says which statuses a route answers, and what the socket sends", async () => {
    type Responses = Record<string, { content: Record<string, unknown> }>;
    const document = (await (await fetchEdge("/openapi.json")).json()) as {
      info: { license: unknown };
      servers: unknown;
      paths: Record<string, Record<string, { responses: Responses }>>;
      components: { schemas: Record<string, { properties: object }> };
    };
    expect(document.info.license).toEqual({ name: "MIT" });
    expect(document.servers).toEqual([{ url: "/" }]);
    const statuses = (method: string, path: string) => Object.keys(document.paths[path]![method]!.responses);
    expect(statuses("post", "/v1/models/{model}/rank")).toEqual(
      expect.arrayContaining(["201", "400", "404", "409", "413", "415"]),
    );
    expect(statuses("post", "/v1/decisions/{id}/feedback")).toEqual(
      expect.arrayContaining(["204", "400", "413", "415", "422"]),
    );
    for (const operations of Object.values(document.paths))
      for (const { responses } of Object.values(operations))
        for (const [status, { content }] of Object.entries(responses))
          if (Number(status) >= 400) expect(Object.keys(content)).toEqual(["application/problem+json"]);
    expect(Object.keys(document.components.schemas.SnapshotNotice!.properties)).toContain("snapshot");
    const text = JSON.stringify(document.paths["/v1/decisions/{id}/feedback"]);
    expect(text).toContain("No more feedback will follow");
  });

  test("the document's patterns are regular expressions, and its examples are accepted", async () => {
    const text = await (await fetchEdge("/openapi.json")).text();
    const patterns = [...text.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, pattern]) => JSON.parse(pattern!) as string,
    );
    expect(new RegExp(patterns.find((pattern) => pattern.includes("\\p{C}"))!, "u").test("visitor-42")).toBe(true);
    for (const pattern of patterns) expect(pattern).not.toMatch(/\/[a-z]*$/);
    type Body = { content: Record<string, { example: { spec?: { name: string } } }> };
    const { paths } = JSON.parse(text) as { paths: Record<string, { post?: { requestBody?: Body } }> };
    for (const [path, { post: operation }] of Object.entries(paths)) {
      // From the first key on, every call of this file would need one (keys.test.ts).
      if (!operation?.requestBody || path.startsWith("/v1/keys")) continue;
      const { example } = operation.requestBody.content["application/json"]!;
      const model = example.spec?.name ?? (path.endsWith("/rank") ? films.name : intent.name);
      const response = await post(path.replace("{model}", model).replace("{id}", "documented.1"), example);
      // The storage here keeps no past to go back to.
      const refused = path === "/v1/recoveries" ? 409 : null;
      expect({ path, refused: response.ok ? null : response.status }).toEqual({ path, refused });
    }
  });

  test("sessions are random, URL-safe and have no dot", async () => {
    const response = await client.v1.sessions.$post({ json: {} });
    expect(response.status).toBe(201);
    const { session } = (await response.json()) as { session: string };
    expect(session).toMatch(/^[\w-]{40}$/);
  });
});

test("the client is typed by the routes", async () => {
  const response = await client.v1.models[":model"].rank.$post({
    param: { model: films.name },
    json: { unit: "v", actions: [{ id: "a" }] },
  });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const decision = await response.json();
  const chosen: string = "chosen" in decision ? decision.chosen : "";
  expect(chosen).toBe("a");
  // @ts-expect-error: there is no such field
  const bad = await client.v1.batch.$post({ json: { sendAt: 1 } });
  expect(bad.status).toBe(400);
});
