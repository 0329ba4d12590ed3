import { env, exports } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { onnxAgreement, runConformance } from "../../conformance/conformance.ts";
import { expected } from "../../conformance/expected.ts";
import { films } from "../../models/home-hero/films.ts";
import homeHero from "../../models/home-hero/spec.ts";
import { rankRequest } from "../../shared/contract/calls.ts";
import { checkGraph, Graph } from "../../shared/heads/graph.ts";
import { partitionFor } from "../log/partitions.ts";
import { deploymentOf } from "../registry/deployments.ts";
import { ort } from "./runtime.ts";

vi.setConfig({ testTimeout: 30_000 });

/** All tests that load ONNX Runtime are here: each file that does takes seconds to start. */

test("workerd decides, scores and learns the fixture to the last bit as the other engines", async () => {
  expect(runConformance()).toEqual(expected);
});

test("ONNX Runtime in workerd agrees with the native head within 1e-5", async () => {
  expect(await onnxAgreement(ort)).toBeLessThan(1e-5);
});

test("the runtime leaves the global WebAssembly alone", async () => {
  await expect(WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))).rejects.toThrow(
    /disallowed by embedder/,
  );
});

test("the graph of home-hero runs and fits its spec", async () => {
  const graph = await Graph.load(ort, deploymentOf("home-hero")!.graph!);
  checkGraph(homeHero, graph);
  expect(graph.outputs.length).toBeGreaterThan(0);
  await graph.release();
});

test("home-hero decides natively until its graph is loaded, then through it, and logs which", async () => {
  const actions = rankRequest.shape.actions.parse(films.slice(0, 20).map(({ id, ...features }) => ({ id, features })));
  const decide = async (id: string) => {
    const response = await exports.default.fetch("http://edge/v1/models/home-hero/rank", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id, unit: "v", actions }),
    });
    expect(response.status).toBe(201);
    const { decisions } = await partitionFor(env, id).append({
      receivedAt: 0,
      decisions: [{ id, model: "home-hero", claimedAt: 0, at: 0, body: "" }],
      feedback: [],
      unusable: [],
      keepRejected: false,
    });
    const [outcome] = decisions;
    if (outcome?.status !== "duplicate") throw new Error("the decision is not in the log");
    return JSON.parse(outcome.stored) as { computedBy: unknown; graph: Record<string, number[]> | null };
  };
  const first = await decide("graph.0");
  expect(first).toMatchObject({ computedBy: { place: "edge", runtime: "native" }, graph: null });
  let n = 1;
  await expect
    .poll(async () => (await decide(`graph.${n++}`)).computedBy, { timeout: 10_000 })
    .toEqual({ place: "edge", runtime: "wasm" });
  const { graph } = await decide("graph.last");
  for (const values of Object.values(graph!)) expect(values).toHaveLength(20);
});
