import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import { partitionOf } from "../log/route.ts";
import { deployed } from "../testing/edge.ts";
import { predictModel, rankModel } from "../testing/models.ts";
import { predictRecord, rankRecord } from "../testing/records.ts";
import { onEdgeClock } from "./sort.ts";

const films = rankModel();
const intent = predictModel();
beforeAll(() => deployed(films, intent));

async function send(body: unknown): Promise<BatchResponse> {
  const response = await exports.default.fetch("http://edge/v1/batch", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return response.json();
}

const statistics = async (id: string) => env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS))).statistics();

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
      { ...good, id: "mixed.7", extra: 1 },
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
