import { expect, inject, test } from "vitest";
import { homeHeroGraph } from "../../models/home-hero/graph.ts";
import homeHero from "../../models/home-hero/spec.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { sample } from "../../shared/policies/sample.ts";
import { Deployed } from "./testing/deployed.ts";
import recorded from "./testing/former-page.ndjson?raw";
import { named } from "./testing/models.ts";

/**
 * A page whose code is older than versions works against this edge: what it sends and reads, by hand. The two batches were recorded of the demo as
 * it was before: two decisions, one with its graph, and a reward; no format, no activations. What is looked at in the answers is what that page looks
 * at.
 */

const [firstBatch, secondBatch] = recorded.trim().split("\n") as [string, string];
const FORMER_SESSION = "TGLyRgfl4TFB9YQN5K-L_Q";

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(inject("edge") + path, init);
  expect(response.ok, `${path}: ${response.status}`).toBe(true);
  return response;
}

test("the edge takes and learns the batches of a page of before", async () => {
  const model = await Deployed.start(named(homeHero), homeHeroGraph());
  const { session } = await (await ask("/v1/sessions", { method: "POST" })).json();
  const [first, second] = [firstBatch, secondBatch].map((batch) => {
    const text = batch.replaceAll(FORMER_SESSION, session).replaceAll('"home-hero"', JSON.stringify(model.name));
    // Clocks go on; the page sent at once what it made.
    const later = Date.now() - (JSON.parse(text).sentAt as number);
    const now = JSON.parse(text.replaceAll(/"(at|sentAt)":(\d+)/g, (_, name, at) => `"${name}":${Number(at) + later}`));
    // In another session another action is drawn. The rest is as it was recorded, and agrees with what today's code computes.
    for (const decision of now.decisions) decision.chosen = sample(decision.id, decision.probabilities);
    return JSON.stringify(now);
  });
  for (const [body, accepted, duplicates] of [
    [first!, 1, 0],
    [second!, 2, 0],
    [second!, 0, 2],
  ] as const) {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const answer = await (await ask("/v1/batch", init)).json();
    expect(answer).toMatchObject({ accepted, duplicates, rejected: [] });
  }
  expect(await model.log()).toMatchObject([
    { kind: "decision", id: `${session}.0` },
    { kind: "decision", id: `${session}.1` },
    { kind: "feedback", id: `${session}.0`, value: 1, final: true },
  ]);
  await expect.poll(async () => (await model.manifest()).examples).toBe(1);
});

test("a page of before finds in manifest, artifact and notice what it looks for", async () => {
  const model = await Deployed.start(named(homeHero), homeHeroGraph());
  const manifest = await (await ask(`/v1/models/${model.name}`, { cache: "no-cache" })).json();
  expect(manifest).toMatchObject({
    model: model.name,
    version: 1,
    stage: "live",
    spec: { name: model.name, features: { session: { genres: { op: "lastDistinct" } } } },
    examples: 0,
    snapshot: { number: 0, publishedAt: expect.any(Number), newestFeedbackAt: null },
  });
  const whole = new Uint8Array(await (await ask(manifest.snapshot.url)).arrayBuffer());
  expect(whole.length).toBe(manifest.snapshot.bytes);
  // It reads snapshots of the first format, and wants the one that the manifest names.
  expect(new TextDecoder().decode(whole.subarray(0, 4))).toBe("EWSN");
  expect(whole[4]).toBe(1);
  expect(decodeSnapshot(whole)).toMatchObject({ model: model.name, version: 1, number: 0 });
  const graph = new Uint8Array(await (await ask(manifest.graph.url)).arrayBuffer());
  expect(graph).toEqual(new Uint8Array(homeHeroGraph()));

  const socket = new WebSocket(`${inject("edge").replace("http", "ws")}/v1/models/${model.name}/live`);
  const notice = await new Promise<string>((resolve) => {
    socket.onmessage = ({ data }) => resolve(data);
  });
  socket.close();
  const { type, snapshot, version, examples, sentAt } = JSON.parse(notice);
  expect({ type, snapshot, version, examples }).toEqual({
    type: "snapshot",
    snapshot: manifest.snapshot,
    version: 1,
    examples: 0,
  });
  expect(sentAt).toBeGreaterThan(0);
});
