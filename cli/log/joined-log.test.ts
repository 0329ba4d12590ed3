import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defineModel, field, predict } from "../../shared/contract/define.ts";
import { MAX_ACTIVATION_DELAY } from "../../shared/versions/join.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { exportLines } from "./export-lines.ts";
import { joinedLog } from "./joined-log.ts";
import type { LoggedExample } from "./log-join.ts";
import { servedSpecs } from "./served-specs.ts";
import { type Served, serveLog } from "./testing/log-server.ts";
import { activation, decision, feedback } from "./testing/rows.ts";

const spec = (name: string, reward: object) =>
  defineModel({
    name,
    task: predict("value"),
    features: { context: { a: field("a") } },
    reward: { wait: "1s", default: null, aggregate: "first", ...reward },
  });

/** Two partitions, in which x is joined by its first feedback at first and by the sum now. */
const some = (): Served => ({
  partitions: [
    [
      ...[decision(1, "c", 30, { model: "x" }), decision(2, "a", 10, { model: "x", receivedAt: 31 })],
      ...[decision(3, "w", 15, { model: "x", receivedAt: 31 }), feedback(4, "c", 40, 1, { model: "x" })],
      ...[feedback(5, "c", 50, 2, { model: "x" }), feedback(6, "a", 60, 0, { model: "x" })],
    ],
    [decision(1, "b", 20, { model: "y" }), feedback(2, "b", 21, 0.5, { model: "y" })],
  ],
  models: { x: [spec("x", {}), spec("x", { aggregate: "sum" })], y: [spec("y", {})] },
  time: 10_000,
});

let served: Served;
let edge: EdgeCalls;
let close = () => {};
beforeEach(async () => {
  served = some();
  const server = await serveLog(served);
  close = server.close;
  edge = new EdgeCalls(server.url);
});
afterEach(() => close());

async function read(model: string | null, version: number | null = null) {
  const log = await joinedLog(edge, await servedSpecs(edge, model, version), model);
  const examples: LoggedExample[] = [];
  for await (const example of log.examples) examples.push(example);
  return { ...log, examples };
}
const values = (examples: readonly LoggedExample[]) => examples.map(({ id, value }) => [id, value]);

describe("the examples", () => {
  test("of all partitions come in the order of their decisions, joined by the live versions", async () => {
    const { examples, count, without } = await read(null);
    expect(values(examples)).toEqual([
      ["a", 0],
      ["b", 0.5],
      ["c", 3],
    ]);
    expect([count, without]).toEqual([3, 1]);
  });

  test("are those of one model alone, by the version that was asked for, also one that is retired", async () => {
    expect(values((await read("y")).examples)).toEqual([["b", 0.5]]);
    expect(values((await read("x", 1)).examples)).toEqual([
      ["a", 0],
      ["c", 1],
    ]);
  });

  test("are the same however long the pages are", async () => {
    const whole = await read(null);
    served.most = 1;
    expect(await read(null)).toMatchObject({ examples: whole.examples, count: 3, without: 1 });
  });

  test("have a deferred decision of which a page said late that it was shown, in time", async () => {
    const day = MAX_ACTIVATION_DELAY;
    const deferred = { model: "y", deferred: true };
    served.partitions = [
      [decision(1, "a", 10, deferred), decision(2, "never", 10, deferred), decision(3, "b", 2 * day, { model: "y" })],
    ];
    served.partitions[0]!.push(
      ...[activation(4, "a", 20, { model: "y", receivedAt: 2 * day }), feedback(5, "b", 2 * day, 1, { model: "y" })],
      feedback(6, "a", 30, 0.5, { model: "y", receivedAt: 2 * day }),
    );
    served.time = 4 * day;
    const { examples, count, without } = await read(null);
    expect(values(examples)).toEqual([
      ["a", 0.5],
      ["b", 1],
    ]);
    expect([count, without]).toEqual([2, 1]);
  });

  test("leave out decisions of models without rules, and say of which", async () => {
    delete served.models.y;
    const { examples, unknown } = await read(null);
    expect(examples.map(({ id }) => id)).toEqual(["a", "c"]);
    expect([...unknown]).toEqual(["y"]);
  });

  test("do not have a default before the log's time says that the wait is over", async () => {
    served.models.x = [spec("x", { aggregate: "sum", default: 7 })];
    served.time = 1031;
    expect(values((await read("x")).examples)).toEqual([["c", 3]]);
    served.time = 1032;
    expect(values((await read("x")).examples)).toEqual([
      ["a", 0],
      ["w", 7],
      ["c", 3],
    ]);
  });
});

test("as lines they are the records as they were logged; dsjson leaves out what is no bandit's, and says how many", async () => {
  const counts = { written: 0, predictions: 0 };
  const record = ' {"id": "b", "more": 1e0}';
  const lines: string[] = [];
  const example = { id: "b", model: "y", at: 20, record, value: 0.5 };
  for await (const line of exportLines(from([example]), "edgewise", counts)) lines.push(line);
  expect(lines).toEqual([`{"decision":${record},"value":0.5}\n`]);
  const predicted = {
    ...{ id: "b", model: "y", version: 1, snapshot: 0, unit: "u", at: 20, task: "predict", score: 0, value: 0.5 },
    ...{ computedBy: { place: "edge", runtime: "native" }, context: {}, graph: null },
    ...{ sessionFeatures: {}, profileFeatures: {} },
  };
  for await (const line of exportLines(from([{ ...example, record: JSON.stringify(predicted) }]), "dsjson", counts))
    lines.push(line);
  expect(lines).toHaveLength(1);
  expect(counts).toEqual({ written: 1, predictions: 1 });
});

describe("is refused with what is wrong:", () => {
  test("a model or version that the edge does not have", async () => {
    await expect(read("z")).rejects.toThrow('has no model "z". It has: x, y.');
    await expect(read("__proto__")).rejects.toThrow('has no model "__proto__"');
    await expect(read("x", 3)).rejects.toThrow("has no version 3 of x. It has 1, 2.");
  });

  test("an edge without models, as one on a state from before versions is", async () => {
    served.models = {};
    await expect(read(null)).rejects.toThrow("has no model yet, so nobody knows by which reward rules");
    await expect(read("x")).rejects.toThrow("(STATE_DIR=DIR npm start, which deploys");
  });

  test("an answer that was cut off, or is none", async () => {
    served.answer = (text) => text.slice(0, text.lastIndexOf("{"));
    await expect(read(null)).rejects.toThrow(`The log of partition 0 of ${edge.url} cannot be read: `);
    served.answer = () => "<html>";
    await expect(read(null)).rejects.toThrow("cannot be read: ");
  });

  test("a log that begins anew while it is read", async () => {
    served.most = 3;
    let answers = 0;
    // The first tells how many partitions there are, the second is the first page.
    served.answer = (text) => (answers++ < 2 ? text : text.replace('"log":"log"', '"log":"another"'));
    await expect(read(null)).rejects.toThrow("has lost its log and begun another");
  });

  test("an edge that is not there", async () => {
    close();
    await expect(read(null)).rejects.toThrow(/No server answers at http:.* \(ECONNREFUSED\)/);
  });
});

async function* from<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}
