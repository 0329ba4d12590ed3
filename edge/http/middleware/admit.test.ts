import { expect, test } from "vitest";
import { MAX_BODY_BYTES } from "../../../shared/contract/limits.ts";
import type { Problem } from "../../../shared/contract/problem.ts";
import { deployed, fetchEdge, send } from "../../testing/edge.ts";
import { rankModel } from "../../testing/models.ts";
import { SESSION_RATE, WORKING } from "../limits.ts";
import { inProgress } from "./admit.ts";

test("of more calls than there is room for, some are answered and the others sent away; health and metrics go by", async () => {
  const spec = rankModel();
  await deployed(spec);
  const call = (n: number) =>
    send("POST", `/v1/models/${spec.name}/rank`, { id: `crowd-${n}`, unit: "v", actions: [{ id: "a" }, { id: "b" }] });
  await (await call(-1)).body?.cancel();
  const crowd = Array.from({ length: WORKING.calls.high * 3 }, (_, n) => call(n));
  const [health, metrics, ...answers] = await Promise.all([fetchEdge("/health"), fetchEdge("/metrics"), ...crowd]);
  expect([health!.status, metrics!.status]).toEqual([200, 200]);
  const statuses = new Set(answers.map(({ status }) => status));
  expect([...statuses].sort()).toEqual([201, 503]);
  const taken = answers.filter(({ status }) => status === 201).length;
  // Bodies whose length is not announced, as here, count as the longest.
  expect(taken).toBeGreaterThanOrEqual(WORKING.bytes.low / MAX_BODY_BYTES);
  const away = answers.filter(({ status }) => status === 503);
  expect(
    new Set(away.map(({ headers }) => headers.get("retry-after"))).size,
    "not all to come again at once",
  ).toBeGreaterThan(1);
  for (const { headers } of away) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(away[0]!.headers.get("vary"), "a page may read when to come again").toBe("origin");
  expect(((await away[0]!.json()) as Problem).detail).toContain("as many calls in progress as it can have");
  expect(inProgress()).toEqual({ arriving: { calls: 0, bytes: 0 }, working: { calls: 0, bytes: 0 } });
  expect((await call(0)).status).toBe(201);
});

test("a call that fails leaves, as every other", async () => {
  for (let n = 0; n < WORKING.calls.high + 10; n++) {
    const response = await send("POST", "/v1/models/nobody/rank", n % 2 ? "{" : { unit: "v", actions: [] });
    expect(response.status).toBe(400);
    await response.body?.cancel();
  }
  expect(inProgress().working.calls).toBe(0);
});

test("a session may say only so much, and another is not held up by it", async () => {
  const feedback = (session: string, n: number) =>
    Array.from({ length: n }, (_, i) => ({ id: `${session}.${i}`, value: 1, at: 1 }));
  const batch = async (session: string) =>
    (await send("POST", "/v1/batch", { format: 2, sentAt: 1, feedback: feedback(session, 500) })).status;
  let sent = 0;
  let status = 200;
  for (; status === 200 && sent < SESSION_RATE.burst * 2; sent += 500) status = await batch("loud");
  expect([status, sent > SESSION_RATE.burst]).toEqual([429, true]);
  const refused = await send("POST", "/v1/decisions/loud.0/feedback", { value: 1 });
  expect(refused.status === 429 ? Number(refused.headers.get("retry-after")) : 1).toBeGreaterThanOrEqual(1);
  expect(await batch("quiet")).toBe(200);
});
