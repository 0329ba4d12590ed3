import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { onnxAgreement, runConformance } from "../../conformance/conformance.ts";
import { expected } from "../../conformance/expected.ts";
import { type OnnxGraph, type OnnxValue, onnxModel } from "../../shared/artifact/onnx-proto.ts";
import { manifest } from "../../shared/contract/manifest.ts";
import type { Problem } from "../../shared/contract/problem.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import type { GraphOutputs } from "../../shared/heads/graph.ts";
import { CLAIM_RETRY, GRAPH_WAIT } from "../intake/limits.ts";
import { partitionOf } from "../log/route.ts";
import { sha256Hex } from "../storage/artifacts.ts";
import { fetchEdge, send } from "../testing/edge.ts";
import { logged, Page, post } from "../testing/page.ts";
import { ort } from "./runtime.ts";

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

let made = 0;
const specOf = (name: string, graph: string | undefined = "./file.onnx") => ({
  name,
  task: { type: "rank" },
  features: {
    context: { count: { op: "field", path: "count" } },
    action: {
      content: { op: "vector", path: "content", size: 2 },
      year: { op: "field", path: "year" },
      genre: { op: "field", path: "genre" },
    },
  },
  reward: { wait: "30s", default: null, aggregate: "first" },
  ...(graph !== undefined && { graph }),
});

/** Hands a file in. */
async function put(bytes: Uint8Array, sha256?: string): Promise<{ sha256: string; status: number }> {
  const hash = sha256 ?? (await sha256Hex(bytes));
  const body = bytes as Uint8Array<ArrayBuffer>;
  const { status } = await fetchEdge(`/v1/artifacts/${hash}`, { method: "PUT", body });
  return { sha256: hash, status };
}

async function deploy(bytes: Uint8Array, name = `graph-${made++}`): Promise<{ name: string; response: Response }> {
  const { sha256: graph } = await put(bytes);
  return { name, response: await send("POST", `/v1/models/${name}/versions`, { spec: specOf(name), graph }) };
}

const actions = [
  { id: "m1", features: { content: [1, 2], year: 1994, genre: "drama" } },
  { id: "m2", features: { content: [3, 0.5], year: 2019, genre: "comedy" } },
  { id: "m3", features: { content: [0, 0], year: 0, genre: "crime" } },
  { id: "m4", features: { content: [1, 2], year: 1994, genre: "drama" } },
];

/** A decision over the first so many actions, as it is in the log. */
async function decide(model: string, id: string, count: number): Promise<RankDecision> {
  const response = await send("POST", `/v1/models/${model}/rank`, { id, unit: "v", actions: actions.slice(0, count) });
  expect(response.status).toBe(201);
  await response.body?.cancel();
  const again = { id, model, unit: "v", claimedAt: 0, at: 0, deferred: false, body: "" };
  const partition = env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS)));
  const [outcome] = await partition.appendCall([again]);
  if (outcome?.status !== "duplicate") throw new Error("the decision is not in the log");
  return JSON.parse(outcome.stored) as RankDecision;
}

/** What a graph gave for so many actions; waits until it is warm. */
async function outputs(model: string, count: number): Promise<RankDecision["graph"]> {
  let n = 0;
  const next = () => decide(model, `${model}-${count}.${n++}`, count);
  await expect.poll(async () => (await next()).computedBy.runtime, { timeout: 20_000 }).toBe("wasm");
  return (await next()).graph;
}

const input = (name: string, ...shape: (number | string)[]): OnnxValue => ({ name, type: "float32", shape });
const output = (name: string, ...shape: (number | string)[]): OnnxValue => ({ name, type: "float32", shape });

/** The sum of each action's content. */
const sum = (parts: Partial<OnnxGraph> = {}, { from = "action.content", to = "total", keep = 0 } = {}): Uint8Array =>
  onnxModel({
    name: "sum",
    inputs: [input(from, "A", 2)],
    outputs: [output(to, "A")],
    initializers: [{ name: "axis", dims: [1], data: new BigInt64Array([1n]) }],
    nodes: [{ op: "ReduceSum", inputs: [from, "axis"], outputs: [to], attributes: { keepdims: { int: keep } } }],
    ...parts,
  });

test("a model decides natively until its graph is loaded, then through it, and logs which", async () => {
  const { name, response } = await deploy(sum());
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ stage: "live", warnings: [] });
  expect(await decide(name, "graph.0", 3)).toMatchObject({
    computedBy: { place: "edge", runtime: "native" },
    graph: null,
  });
  for (const count of [3, 1, 4]) expect(await outputs(name, count)).toEqual({ total: [3, 3.5, 0, 3].slice(0, count) });
});

describe("a graph is refused when it is deployed", () => {
  test.each<[string, Uint8Array, string]>([
    [
      "for an output of two columns",
      sum({ outputs: [output("p", "A", 2)], nodes: [{ op: "Identity", inputs: ["action.content"], outputs: ["p"] }] }),
      "output p has the shape [A, 2]",
    ],
    [
      "for a fixed number of actions",
      sum({ inputs: [input("action.content", 1, 2)] }),
      "input action.content has a fixed",
    ],
    [
      "for a name that no record takes",
      sum({ outputs: [output("x".repeat(200), "A")] }, { to: "x".repeat(200) }),
      "(200 characters) has a name",
    ],
    ["for an input that is no feature", sum({}, { from: "action.nothing" }), "input action.nothing is no feature"],
    [
      "for an input of whole numbers",
      sum({
        inputs: [{ name: "action.year", type: "int64", shape: ["A", 1] }],
        outputs: [{ name: "total", type: "int64", shape: ["A", 1] }],
        nodes: [{ op: "Identity", inputs: ["action.year"], outputs: ["total"] }],
      }),
      "input action.year is int64",
    ],
    ["that is none", new Uint8Array(4000).fill(7), "ONNX Runtime cannot load the file as a graph"],
  ])("%s, by the name of what is wrong, and what was live stays live", async (_, bytes, message) => {
    const { name } = await deploy(sum());
    const { response } = await deploy(bytes, name);
    expect(response.status).toBe(400);
    const { errors, detail } = (await response.json()) as Problem;
    expect(errors).toEqual([{ field: "body.graph", message: expect.stringContaining(message) }]);
    expect(detail).not.toMatch(/\n|\bat \w+ \(/);
    expect(manifest.parse(await (await fetchEdge(`/v1/models/${name}`)).json())).toMatchObject({ version: 1 });
    expect(await outputs(name, 3)).toEqual({ total: [3, 3.5, 0] });
  });

  test("when the file is not there, or spec and graph do not go together", async () => {
    const { sha256 } = await put(sum());
    for (const [body, field] of [
      [{ spec: specOf("apart"), graph: "0".repeat(64) }, "body.graph"],
      [{ spec: specOf("apart") }, "body.graph"],
      [{ spec: { ...specOf("apart"), graph: undefined }, graph: sha256 }, "body.spec.graph"],
    ] as const) {
      const response = await send("POST", "/v1/models/apart/versions", body);
      expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ field }] }]);
    }
    expect((await fetchEdge("/v1/models/apart")).status).toBe(404);
  });
});

describe("a claim of a page with a graph", () => {
  /** A page's decision over three actions, by the outputs that are given. */
  async function claimer(bytes: Uint8Array) {
    const { name, response } = await deploy(bytes);
    expect(response.status).toBe(201);
    await response.body?.cancel();
    const page = await Page.open(name);
    let n = 0;
    return (graph: GraphOutputs | null) => page.rank(`${name}.${n++}`, {}, { graph, actions: actions.slice(0, 3) });
  }

  test("is believed with what its graph gives, as far as another runtime may be from it, and without", async () => {
    const claim = await claimer(sum());
    const total = [3, 3.5, 0];
    const claims = [{ total }, { total: total.map((x) => x * (1 + 5e-5) + 5e-5) }, null].map(claim);
    // The first of them finds an isolate that has to load the graph.
    expect(await post(claims)).toEqual({ accepted: 3, duplicates: 0, rejected: [], unread: [] });
  });

  test.each<[string, GraphOutputs, RegExp]>([
    ["by a little", { total: [3, 3.5, 2e-4] }, /^graph\.total\[2\] is 0\.0002, and its version's graph gives 0$/],
    ["beyond all measure", { total: [1e20, 3.5, 0] }, /^graph\.total\[0\] is 100000000000000000000, and/],
    ["by a name", { totals: [3, 3.5, 0] }, /^graph\.totals is no output of its version's graph$/],
    ["none", {}, /^graph lacks total, an output of its version's graph$/],
    [
      "by 600 names",
      Object.fromEntries([["total", [3, 3.5, 0]], ...Array.from({ length: 600 }, (_, i) => [`o${i}`, [1, 2, 3]])]),
      /^graph\.o0 is no output of its version's graph$/,
    ],
  ])(
    "is quarantined with outputs that are invented, though all else follows from them: %s",
    async (_, graph, reason) => {
      const claim = await claimer(sum());
      const [forged, honest] = [claim(graph), claim({ total: [3, 3.5, 0] })];
      const answer = await post([forged, honest]);
      expect(answer).toMatchObject({ accepted: 1, unread: [], rejected: [{ id: forged.id }] });
      expect(answer.rejected[0]!.problem).toMatch(reason);
      expect(await logged([forged.id, honest.id])).toEqual([honest.id]);
    },
  );

  test("waits for a graph that cannot be loaded, once a batch, and is not refused for it", async () => {
    const bytes = sum({ name: "to be lost" });
    const claim = await claimer(bytes);
    const key = `artifacts/${await sha256Hex(bytes)}`;
    await env.ARTIFACTS.delete(key);
    const total = [3, 3.5, 0];
    const waits = vi.spyOn(scheduler, "wait");
    const answer = await post([claim({ total }), claim(null), claim({ total: [1, 1, 1] }), claim({ total })]);
    const looks = waits.mock.calls.filter(([ms]) => ms === GRAPH_WAIT.look).length;
    waits.mockRestore();
    expect(answer).toMatchObject({ accepted: 1, rejected: [] });
    expect(answer.unread).toMatchObject([0, 2, 3].map((index) => ({ index, retryAfter: CLAIM_RETRY.trouble })));
    expect(looks).toBeGreaterThan(0);
    expect(looks).toBeLessThanOrEqual(GRAPH_WAIT.most / GRAPH_WAIT.look);
  });

  test("has its outputs computed again in as many batches as that takes", async () => {
    const claim = await claimer(sum());
    const many = Array.from({ length: 1000 }, (_, i) => ({ ...actions[i % 4]!, id: `m${i}` }));
    const total = many.map((_, i) => [3, 3.5, 0, 3][i % 4]!);
    const page = await Page.open(claim(null).model);
    let claims = Array.from({ length: 22 }, (_, i) => page.rank(`many.${i}`, {}, { graph: { total }, actions: many }));
    const batches: number[] = [];
    while (claims.length > 0) {
      const batch = claims.splice(0, 7);
      const { accepted, rejected, unread } = await post(batch);
      expect(rejected).toEqual([]);
      batches.push(accepted);
      claims = [...claims, ...unread.map(({ index }) => batch[index]!)];
    }
    expect(batches.reduce((a, b) => a + b)).toBe(22);
  });
});

test("a file is taken under its own hash only, and once", async () => {
  const bytes = sum({ name: "handed in" });
  expect((await put(bytes, "1".repeat(64))).status).toBe(400);
  expect((await fetchEdge(`/v1/artifacts/${"1".repeat(64)}`)).status).toBe(404);
  const { sha256, status } = await put(bytes);
  expect(status).toBe(204);
  expect((await put(bytes)).status).toBe(204);
  expect(new Uint8Array(await (await fetchEdge(`/v1/artifacts/${sha256}`)).arrayBuffer())).toEqual(bytes);
});

/** Files that exporters write; they are not in the repository. */
const files = import.meta.glob<string>("../../../shared/cases/page/*.onnx", { query: "?inline", import: "default" });
const bytesOf = async (name: string) => {
  const load = files[`../../../shared/cases/page/${name}.onnx`]!;
  return Uint8Array.from(atob((await load()).split(",")[1]!), (c) => c.charCodeAt(0));
};

describe.skipIf(Object.keys(files).length === 0)("files from the world", () => {
  test.each<[string, Record<string, number[]>]>([
    ["base", { total: [3, 3.5, 0] }],
    ["column-output", { total: [3, 3.5, 0] }],
    ["two-outputs", { plus: [3, 3.5, 0], minus: [-3, -3.5, 0] }],
    ["double-output", { total: [3, 3.5, 0] }],
    ["int64-output", { label: [1, 0, 0] }],
    ["opset-7", { total: [3, 3.5, 0] }],
    ["weights-as-inputs", { total: [3, 3.5, 0] }],
    ["quantised", { total: [3, 3.494, 0] }],
  ])("%s is taken, and decides with 3, 1 and 4 actions", async (file, expected) => {
    const { name, response } = await deploy(await bytesOf(file));
    expect([response.status, await response.json()]).toMatchObject([201, { warnings: [] }]);
    for (const count of [3, 1, 4])
      for (const [label, values] of Object.entries((await outputs(name, count))!))
        [...expected[label]!, expected[label]![0]!].slice(0, count).forEach((x, i) => {
          // What is quantised depends on all rows of a call.
          expect(values[i]).toBeCloseTo(x, file === "quantised" ? (count === 3 ? 3 : 1) : 6);
        });
  });

  test.each<[string, RegExp]>([
    ["label-and-probabilities", /output probabilities/],
    ["softmax-only", /output p /],
    ["fixed-batch-1", /input action\.content/],
    ["long-output-name", /output .*200 characters/],
    ["float16-output", /output total is float16/],
    ["int64-input", /input action\.year is int64/],
    ["corrupt", /cannot load the file as a graph/],
  ])("%s is refused by name", async (file, problem) => {
    const { name, response } = await deploy(await bytesOf(file));
    expect(response.status).toBe(400);
    expect(((await response.json()) as Problem).detail).toMatch(problem);
    expect((await fetchEdge(`/v1/models/${name}`)).status).toBe(404);
  });

  test("category-input is taken, as a field may be a number, and the edge says once that it was none", async () => {
    const { name, response } = await deploy(await bytesOf("category-input"));
    expect(response.status).toBe(201);
    const warn = vi.spyOn(console, "warn");
    await outputs(name, 3);
    const said = warn.mock.calls.flat().filter((line) => String(line).includes("action.genre takes a number"));
    expect(said).toHaveLength(1);
    warn.mockRestore();
  });
});
