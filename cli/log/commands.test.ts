import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adaptive, defineModel, field, predict } from "../../shared/contract/define.ts";
import type { LogRow } from "../../shared/contract/log-page.ts";
import { serveLog } from "./testing/log-server.ts";
import { decision, feedback } from "./testing/rows.ts";

const visits = defineModel({
  name: "visits",
  task: predict("binary"),
  features: { context: { kind: field("kind") } },
  reward: { wait: "1m", default: null, aggregate: "first" },
  learner: adaptive({ bits: 12 }),
});

/** An hour of visits, of which those of the first kind are labelled 1. */
const rows = (): LogRow[] =>
  Array.from({ length: 60 }, (_, i) => {
    const at = i * 60_000;
    const record = {
      ...{
        id: `v${i}`,
        model: "visits",
        version: 1,
        snapshot: 0,
        unit: "u",
        at,
        task: "predict",
        score: 0,
        value: 0.5,
      },
      ...{ computedBy: { place: "edge", runtime: "native" }, context: { kind: `k${i % 3}` }, graph: null },
      ...{ sessionFeatures: {}, profileFeatures: {} },
    };
    return [
      decision(2 * i + 1, record.id, at, { model: "visits", record: JSON.stringify(record) }),
      feedback(2 * i + 2, record.id, at, i % 3 === 0 ? 1 : 0, { model: "visits" }),
    ];
  }).flat();

let server: Awaited<ReturnType<typeof serveLog>>;
let scratch = "";
beforeAll(async () => {
  server = await serveLog({ partitions: [rows()], models: { visits: [visits] }, time: 1e9 });
  scratch = mkdtempSync(join(tmpdir(), "edgewise-log-commands-"));
});
afterAll(() => {
  server.close();
  rmSync(scratch, { recursive: true });
});

async function edgewise(...args: string[]) {
  const command = fileURLToPath(new URL("../edgewise.ts", import.meta.url));
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { stdout, stderr, status };
}

test("export writes the records in their order, with what came of them", async () => {
  const { stdout, stderr, status } = await edgewise("export", "--format", "edgewise", "--url", server.url);
  expect([stderr, status]).toEqual(["60 decisions written\n", 0]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ decision, value }) => [decision.id, value]).slice(0, 3)).toEqual([
    ["v0", 1],
    ["v1", 0],
    ["v2", 0],
  ]);
});

test("evaluate reads the log of an edge, and takes the spec of a model that predicts from there", async () => {
  const { stdout, stderr } = await edgewise("evaluate", "--model", "visits", "--url", server.url, "--json");
  expect(stderr).toBe("");
  const { log, predictions } = JSON.parse(stdout);
  expect(log).toEqual({ name: server.url, decisions: 60, withoutOutcome: 0, unusable: { lines: 0, first: [] } });
  expect(predictions.map(({ learner }: { learner: string }) => learner)).toEqual(["logged", "adaptive:0.5"]);
  expect(predictions[1].auc).toBeGreaterThan(0.9);
});

test.each([
  [["evaluate", "file", "--model", "visits"], "--model is for the log of an edge, and file for one in a file"],
  [
    ["evaluate", "--url", "localhost", "--format", "vw"],
    "--url is for the log of an edge, and --format for one in a file",
  ],
  [["export", "--format", "edgewise", "--version", "2"], "--version is one of a model: say which with --model."],
  [
    ["export", "--format", "edgewise", "--url", "localhost:1"],
    '--url must be an http or https URL, not "localhost:1".',
  ],
  [["export", "--format", "dsjson", "--url", "http://localhost:1", "--state-dir", "x"], "give one of them"],
  [["export", "--format", "dsjson", "--state-dir", "/nowhere"], "There is no directory /nowhere"],
  [["evaluate", "--model", "visits", "--url", "http://127.0.0.1:1"], "No server answers at http://127.0.0.1:1 ("],
])("%j is refused by name, without a stack", async (args, message) => {
  const { stderr, status } = await edgewise(...args);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("    at ");
  expect(status).toBe(1);
});

test("a directory that is given as a file is pointed to --state-dir, and one that is no state is none there either", async () => {
  expect((await edgewise("evaluate", scratch)).stderr).toContain(`give it with --state-dir ${scratch}.`);
  const { stderr } = await edgewise("export", "--format", "edgewise", "--state-dir", scratch);
  expect(stderr).toContain(`${scratch} is no state directory of a server.`);
});
