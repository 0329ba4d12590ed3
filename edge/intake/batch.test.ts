import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import { partitionOf } from "../log/route.ts";
import { deployed } from "../testing/edge.ts";
import { predictModel, rankModel } from "../testing/models.ts";
import { predictRecord, rankRecord } from "../testing/records.ts";
import { FAILED_REFRESH_PAUSE, UNKNOWN_MODEL_LOOKS } from "./limits.ts";
import { onEdgeClock } from "./sort.ts";

const films = rankModel();
const intent = predictModel();
/** Logs what no feature reads, too. */
const keeping = rankModel({}, { keep: { context: "all", action: "all" } });
beforeAll(() => deployed(films, intent, keeping));

async function send(body: unknown): Promise<BatchResponse> {
  const response = await exports.default.fetch("http://localhost/v1/batch", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return response.json();
}

/** But for the time, which goes on. */
async function statistics(id: string) {
  const partition = env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS)));
  const { time: _, ...rest } = await partition.statistics();
  return rest;
}

describe("a batch", () => {
  test("is taken once, however often it is sent", async () => {
    const sentAt = Date.now();
    const ids = Array.from({ length: 40 }, (_, i) => `batch${i % 7}.${i}`);
    const body = {
      sentAt,
      decisions: ids.map((id) => rankRecord(films.name, id, sentAt - 1000)),
      feedback: ids.slice(0, 10).map((id) => ({ id, value: 1, at: sentAt - 500 })),
    };
    expect(await send(body)).toEqual({ accepted: 50, duplicates: 0, rejected: [], unread: [] });
    // Sent again later: by another clock difference, yet the same.
    expect(await send({ ...body, sentAt: sentAt + 5 })).toEqual({
      accepted: 0,
      duplicates: 50,
      rejected: [],
      unread: [],
    });
  });

  test("takes an id once: another decision by it is kept among the dead letters, and the first stays as it is", async () => {
    const at = Date.now();
    const decision = rankRecord(films.name, "whose.1", at);
    expect(await send({ sentAt: at, decisions: [decision] })).toMatchObject({ accepted: 1 });
    const before = await statistics("whose.1");
    const others = [
      { ...decision, deferred: true },
      { ...decision, unit: "stranger" },
      { ...decision, at: at - 1 },
      { ...decision, mood: "new" },
      { ...decision, actions: decision.actions.toReversed() },
    ];
    // The same in another order says the same.
    const same = Object.fromEntries(Object.entries(decision).toReversed());
    const answer = await send({ sentAt: at, decisions: [...others, decision, same] });
    expect(answer).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(answer.rejected.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(answer.rejected.map(({ problem }) => problem))).toEqual(
      new Set(["belongs to another decision, which is in the log and stays as it is"]),
    );
    const after = await statistics("whose.1");
    expect(after).toMatchObject({ decisions: before.decisions, deadLetters: before.deadLetters + 5 });
    const partition = env.PARTITION.getByName(partitionOf("whose.1", Number(env.PARTITIONS)));
    expect(await partition.decision("whose.1")).toBe(JSON.stringify(decision));
  });

  test("loses none of its good items to the bad ones, which are kept with their reason", async () => {
    const now = Date.now();
    const good = rankRecord(films.name, "mixed.1", now);
    const decisions = [
      { ...good, id: "mixed.2", model: "nobody" },
      good,
      { ...good, id: "mixed.3", probabilities: [0.9, 0.9] },
      { ...good, id: "mixed.4", task: "predict" },
      { ...good, id: "mixed.5", chosen: 7 },
      { ...predictRecord(films.name, "mixed.6", now) },
      // Of a page that is newer than the edge.
      { ...rankRecord(films.name, "mixed.7", now), extra: 1 },
      null,
      { ...predictRecord(intent.name, "mixed.8", now) },
      { ...predictRecord(intent.name, "mixed.1", now) },
    ];
    const feedback = [
      { id: "mixed.1", value: 1, at: now },
      { id: "mixed.1" },
      { id: "mixed.8", value: 7, at: now },
      "nonsense",
      { id: "mixed.8", value: 1, at: now },
    ];
    const before = await statistics("mixed.1");
    const answer = await send({ sentAt: now, decisions, feedback });
    expect(answer).toMatchObject({ accepted: 5, duplicates: 0 });
    expect(answer.rejected.map(({ list, index, id }) => [list, index, id])).toEqual([
      ["decisions", 0, "mixed.2"],
      ["decisions", 2, "mixed.3"],
      ["decisions", 3, "mixed.4"],
      ["decisions", 4, "mixed.5"],
      ["decisions", 5, "mixed.6"],
      ["decisions", 7, null],
      ["decisions", 9, "mixed.1"],
      ["feedback", 1, "mixed.1"],
      ["feedback", 2, "mixed.8"],
      ["feedback", 3, null],
    ]);
    const problems = answer.rejected.map(({ problem }) => problem);
    expect(problems[0]).toContain("model");
    expect(problems[1]).toContain("probabilities must sum to 1");
    const after = await statistics("mixed.1");
    // All of session `mixed`; the two without an id lie in the partition of the empty id.
    const elsewhere = partitionOf("", 4) === partitionOf("mixed", 4) ? 0 : 2;
    expect(after.deadLetters - before.deadLetters).toBe(10 - elsewhere);
    expect(after.feedback - before.feedback).toBe(2);
  });

  test("refuses feedback for an action of a list, which would be taken for that of the first slot", async () => {
    const now = Date.now();
    const feedback = [{ id: "listed.1", action: "b", value: 1, at: now }];
    const { rejected } = await send({ sentAt: now, decisions: [rankRecord(films.name, "listed.1", now)], feedback });
    expect(rejected).toEqual([
      expect.objectContaining({
        list: "feedback",
        index: 0,
        problem: expect.stringContaining("the id of the action's slot"),
      }),
    ]);
  });

  test("refuses numbers and names that would be dropped in silence, item by item", async () => {
    const now = Date.now();
    const text = JSON.stringify({
      sentAt: now,
      decisions: [rankRecord(films.name, "odd.1", now), rankRecord(films.name, "odd.2", now)],
    }).replace('"device":"phone"', '"device":1e999');
    const answer = await send(text);
    expect(answer).toMatchObject({ accepted: 1, rejected: [{ index: 0, id: "odd.1" }] });
    expect(answer.rejected[0]!.problem).toContain("context.device must be a finite number");
  });

  test("has activations, each taken once", async () => {
    const at = Date.now();
    const decisions = [{ ...rankRecord(films.name, "shown.1", at), deferred: true }];
    const activations = [
      { format: 2, id: "shown.1", at },
      { format: 2, at },
      { format: 2, id: "shown.1", at },
    ];
    expect(await send({ format: 2, sentAt: at, decisions, activations })).toMatchObject({
      accepted: 2,
      duplicates: 1,
      rejected: [{ list: "activations", index: 1, id: null, problem: "id is missing" }],
    });
  });

  test("of a newer page leaves what is of a newer format unread: neither in the log nor among the dead letters", async () => {
    const at = Date.now();
    const before = await statistics("newer.1");
    const answer = await send({
      sentAt: at,
      decisions: [{ ...rankRecord(films.name, "newer.1", at), format: 3 }, rankRecord(films.name, "newer.2", at)],
      feedback: [{ format: 3, id: "newer.1", amount: { any: "thing" } }],
      activations: [{ format: 9, id: "newer.1" }],
    });
    expect(answer).toMatchObject({ accepted: 1, duplicates: 0, rejected: [] });
    const unread = (list: string, problem: string) => ({ list, index: 0, id: "newer.1", problem });
    expect(answer.unread).toEqual([
      unread("activations", "the activation is of format 9, and this release reads up to 2"),
      unread("decisions", "the decision is of format 3, and this release reads up to 2"),
      unread("feedback", "the feedback is of format 3, and this release reads up to 2"),
    ]);
    const after = await statistics("newer.1");
    const { readers: _, newestOf: __, storageBytes: ___, ...rest } = before;
    expect(after).toMatchObject({ ...rest, decisions: before.decisions + 1, newest: before.newest + 1 });
  });

  test.each([0, -1, 1.5, "2", null, true])("refuses the format %j, which is none", async (format) => {
    const at = Date.now();
    const decisions = [{ ...rankRecord(films.name, "odd-format.1", at), format }];
    expect(await send({ sentAt: at, decisions })).toMatchObject({
      rejected: [{ id: "odd-format.1", problem: "format must be a whole number from 1" }],
      unread: [],
    });
  });

  test("is left unread as a whole when its envelope is of a newer format", async () => {
    const at = Date.now();
    const before = await statistics("wrapped.1");
    const lists = {
      decisions: [rankRecord(films.name, "wrapped.1", at)],
      feedback: [{ id: "wrapped.1", value: 1, at }, 7],
    };
    const problem = "the batch is of format 4, and this release reads up to 3";
    expect(await send({ format: 4, sentAt: at, ...lists })).toEqual({
      accepted: 0,
      duplicates: 0,
      rejected: [],
      unread: [
        { list: "decisions", index: 0, id: "wrapped.1", problem },
        { list: "feedback", index: 0, id: "wrapped.1", problem },
        { list: "feedback", index: 1, id: null, problem },
      ],
    });
    expect(await statistics("wrapped.1")).toEqual(before);
    expect(await send({ format: 2, sentAt: at, decisions: lists.decisions })).toMatchObject({ accepted: 1 });
  });

  test("is stored as it came: of an older page, and with what this release does not know", async () => {
    const at = Date.now();
    const { format: _, deferred: __, assignment: ___, ...older } = rankRecord(films.name, "kept.1", at);
    const unknown = { ...rankRecord(films.name, "kept.2", at), mood: { any: ["thing"] } };
    const more = { mood: "good" };
    const feedback = [
      { id: "kept.1", value: 1, at },
      { id: "kept.2", value: 1, at, ...more },
    ];
    const activations = [{ format: 2, id: "kept.2", at, ...more }];
    expect(await send({ sentAt: at, decisions: [older, unknown], feedback, activations })).toMatchObject({
      accepted: 5,
    });
    const partition = env.PARTITION.getByName(partitionOf("kept.1", Number(env.PARTITIONS)));
    const { rows } = await partition.page({ after: 0, limit: 1000, model: films.name });
    const stored = rows.filter(({ id }) => id === "kept.1" || id === "kept.2");
    // What feedback says beside its value is all in its row, as long as this release knows it.
    expect(stored.map(({ record }) => record)).toEqual([
      JSON.stringify(older),
      JSON.stringify(unknown),
      null,
      JSON.stringify(feedback[1]),
      JSON.stringify(activations[0]),
    ]);
  });

  test("refuses a record that is too long for the log, and keeps what of it there is room for", async () => {
    const at = Date.now();
    const wide = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`n${i}`, Array(250).fill(1e20)]));
    const actions = Array.from({ length: 7 }, (_, i) => ({ id: `${i}`, features: wide }));
    const odds = { scores: actions.map(() => 0), probabilities: [1, 0, 0, 0, 0, 0, 0] };
    const text = JSON.stringify({
      sentAt: at,
      decisions: [{ ...rankRecord(keeping.name, "long.1", at), actions, ...odds }],
    });
    const before = await statistics("long.1");
    const { rejected } = await send(text.replaceAll("100000000000000000000", "1e20"));
    expect(rejected).toMatchObject([{ id: "long.1", problem: expect.stringContaining("more than the 1900000 bytes") }]);
    expect((await statistics("long.1")).deadLetters).toBe(before.deadLetters + 1);
  });

  test("may be empty", async () => {
    expect(await send({ sentAt: 1 })).toEqual({ accepted: 0, duplicates: 0, rejected: [], unread: [] });
  });
});

test("a page's times are put on the edge's clock, and nothing happens after it was received", () => {
  const clocks = { sentAt: 5_000, receivedAt: 9_000 };
  expect(onEdgeClock(4_000, clocks)).toBe(8_000);
  expect(onEdgeClock(6_000, clocks)).toBe(9_000);
  expect(onEdgeClock(1_000, { sentAt: 5_000, receivedAt: 2_000 })).toBe(0);
});

describe("a decision by a model that this isolate does not know", () => {
  const unknown = (n: number) => ({ ...rankRecord(films.name, `unknown${n}.1`, Date.now()), model: `unknown-${n}` });

  test("is put off while the store cannot be read, and holds up nothing that came with it", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const away = vi.spyOn(env.ARTIFACTS, "get").mockRejectedValue(new Error("the store is away"));
    const sentAt = Date.now();
    const answer = await send({ sentAt, decisions: [unknown(0), rankRecord(films.name, "well.1", sentAt)] });
    away.mockRestore();
    warn.mockRestore();
    expect(answer).toMatchObject({ accepted: 1, rejected: [] });
    expect(answer.unread).toMatchObject([{ index: 0, retryAfter: 5 }]);
  });

  test("makes it look into the store some times a second, whoever makes them up", async () => {
    // The store was away a moment ago.
    await scheduler.wait(FAILED_REFRESH_PAUSE);
    expect((await send({ sentAt: Date.now(), decisions: [unknown(1)] })).rejected).toMatchObject([
      { problem: "model is not a deployed model" },
    ]);
    const reads = vi.spyOn(env.ARTIFACTS, "get");
    const second = Date.now() + 5000;
    const clock = vi.spyOn(Date, "now").mockReturnValue(second);
    const answers: BatchResponse[] = [];
    for (let n = 0; n < 100; n += 5)
      answers.push(
        ...(await Promise.all([0, 1, 2, 3, 4].map((i) => send({ sentAt: second, decisions: [unknown(n + i)] })))),
      );
    clock.mockRestore();
    // There is one behind an answer, too.
    const looks = reads.mock.calls.filter(([key]) => key === "pointers/directory").length;
    reads.mockRestore();
    expect(looks).toBeLessThanOrEqual(UNKNOWN_MODEL_LOOKS + 1);
    for (const { accepted, rejected, unread } of answers)
      expect([accepted, rejected.length + unread.length]).toEqual([0, 1]);
    expect(answers.filter(({ unread }) => unread.length > 0)).toHaveLength(100 - UNKNOWN_MODEL_LOOKS);
  });
});
