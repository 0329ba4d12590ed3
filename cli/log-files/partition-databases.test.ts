import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lines } from "../export.ts";
import { PartitionDatabases } from "./partition-databases.ts";
import { stateDirectory } from "./state-directory.ts";

let stateDir = "";
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "edgewise-state-"));
});
afterEach(() => {
  rmSync(stateDir, { recursive: true });
});

/** The columns of edge/partition/schema.ts that are read. `value` null: the decision has no example. */
function partition(
  name: string,
  rows: { id: string; model: string; at: number; value: number | null; body?: string }[],
) {
  const directory = join(stateDir, "do", "edgewise-Partition");
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, `${name}.sqlite`));
  database.exec(`
    CREATE TABLE log (offset INTEGER PRIMARY KEY, kind TEXT, id TEXT, at INTEGER, model TEXT, body TEXT);
    CREATE TABLE examples (offset INTEGER PRIMARY KEY, model TEXT, decision INTEGER, value REAL);
  `);
  for (const { id, model, at, value, body = JSON.stringify({ id, task: "predict" }) } of rows) {
    const { lastInsertRowid } = database
      .prepare("INSERT INTO log (kind, id, at, model, body) VALUES ('decision', ?, ?, ?, ?)")
      .run(id, at, model, body);
    if (value !== null)
      database
        .prepare("INSERT INTO examples (model, decision, value) VALUES (?, ?, ?)")
        .run(model, lastInsertRowid, value);
  }
  database.exec("INSERT INTO log (kind, id, at) VALUES ('feedback', 'a', 5)");
  database.close();
}

function some(): PartitionDatabases {
  partition("one", [
    { id: "c", model: "x", at: 30, value: 1 },
    { id: "a", model: "x", at: 10, value: 0 },
    { id: "w", model: "x", at: 15, value: null },
  ]);
  partition("two", [{ id: "b", model: "y", at: 20, value: 0.5 }]);
  writeFileSync(join(stateDir, "do", "edgewise-Partition", "metadata.sqlite"), "");
  return new PartitionDatabases(stateDir);
}

test("the examples of all partitions come in the order of their decisions", () => {
  const databases = some();
  expect([...databases.examples(null)].map(({ body, value }) => [JSON.parse(body).id, value])).toEqual([
    ["a", 0],
    ["b", 0.5],
    ["c", 1],
  ]);
  expect(databases.countWithout(null)).toBe(1);
  databases.close();
});

test("one model's alone", () => {
  const databases = some();
  expect([...databases.examples("y")].map(({ at }) => at)).toEqual([20]);
  expect([databases.countWithout("x"), databases.countWithout("y")]).toEqual([1, 0]);
  databases.close();
});

test("dsjson leaves out what is no bandit's, and says how many", () => {
  const databases = some();
  const counts = { written: 0, predictions: 0 };
  expect([...lines(databases.examples(null), "dsjson", counts)]).toEqual([]);
  expect(counts).toEqual({ written: 0, predictions: 3 });
  const [first] = lines(databases.examples(null), "edgewise", counts);
  expect(first).toBe('{"decision":{"id":"a","task":"predict"},"value":0}\n');
  databases.close();
});

test("a directory without partitions is refused by name", () => {
  expect(() => new PartitionDatabases(stateDir)).toThrow(`${stateDir} has no partitions`);
  expect(() => new PartitionDatabases(join(stateDir, "none"))).toThrow("There is no directory");
});

test("a state directory is the log of one of its models", async () => {
  some().close();
  const text = async (name: string | null) => (await stateDirectory(stateDir, name).toArray()).join("");
  expect(await text("y")).toBe('{"decision":{"id":"b","task":"predict"},"value":0.5}\n');
  await expect(text(null)).rejects.toThrow("has decisions of x, y: choose with --model");
  await expect(text("z")).rejects.toThrow("has decisions of x, y, but not of z");
});

test("of a state directory with one model, that one is meant", async () => {
  partition("one", [{ id: "a", model: "x", at: 10, value: 1 }]);
  expect((await stateDirectory(stateDir, null).toArray()).length).toBe(1);
});
