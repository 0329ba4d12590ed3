import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { defineModel, field, rank } from "../../shared/contract/define.ts";
import { MAX_BODY_BYTES, MAX_GRAPH_BYTES } from "../../shared/contract/limits.ts";
import { deployCommand } from "./deploy.ts";
import { promoteCommand } from "./promote.ts";
import { rollbackCommand } from "./rollback.ts";
import { type Registered, serveRegistry, version } from "./testing/registry-server.ts";
import { versionsCommand } from "./versions.ts";

const shadow = { stage: "shadow", wanted: null } as const;
const toBeLive = { stage: "shadow", wanted: { stage: "live", share: null } } as const;

let scratch = "";
let specFile = "";
let registered: Registered;
let url = "";
let close = () => {};
/** What was printed, and what was said beside it. */
let out: string[] = [];
let err: string[] = [];

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-registry-"));
  specFile = file("films.json", JSON.stringify(films()));
});
afterAll(() => rmSync(scratch, { recursive: true }));
beforeEach(async () => {
  registered = { states: [[version(1)]], deployed: { version: 1, created: true }, calls: [] };
  const server = await serveRegistry(registered);
  ({ url, close } = server);
  out = [];
  err = [];
  vi.spyOn(console, "log").mockImplementation((line) => void out.push(line));
  vi.spyOn(console, "error").mockImplementation((line) => void err.push(line));
});
afterEach(() => {
  close();
  vi.restoreAllMocks();
});

const films = (graph?: string) =>
  defineModel({
    name: "films",
    task: rank(),
    features: { action: { genre: field("genre") } },
    reward: { wait: "10m", default: 0, aggregate: "max" },
    ...(graph !== undefined && { graph }),
  });
function file(name: string, content: string): string {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
}
const deploy = (...args: string[]) => deployCommand([specFile, ...args, "--url", url]);
const promote = (...args: string[]) => promoteCommand([...args, "--url", url]);
const changes = () => registered.calls.filter((call) => !call.startsWith("GET"));

describe("deploy", () => {
  test("of what is known and is what is asked for says so", async () => {
    registered.deployed.created = false;
    await deploy("--wait");
    expect(out).toEqual(["Known as films@1: the spec and graph are the same.", "films@1 is live."]);
  });

  test("of what is known and is something else says how to change that, and fails when asked for more", async () => {
    registered.states = [[version(1, { stage: "retired" }), version(2)]];
    registered.deployed.created = false;
    const why = `It stays so, since what is known keeps its stage. To make it live: edgewise promote films@1 --stage live --url ${url}`;
    await deploy();
    expect(out.slice(1)).toEqual(["films@1 is retired.", why]);
    await expect(deploy("--wait")).rejects.toThrow(why);
    await expect(deploy("--stage", "live")).rejects.toThrow(why);
    await expect(deploy("--stage", "canary:0.1", "--wait")).rejects.toThrow(
      "To make it a canary for 10 % of the units: edgewise promote films@1 --stage canary:0.1",
    );
  });

  test("compares a canary's share", async () => {
    registered.states = [[version(1), version(2, { stage: "canary", share: 0.05 })]];
    registered.deployed = { version: 2, created: false };
    await deploy("--stage", "canary:0.05", "--wait");
    await expect(deploy("--stage", "canary:0.5", "--wait")).rejects.toThrow("promote films@2 --stage canary:0.5");
  });

  test("of a first version that was not to be live says that it is", async () => {
    await expect(deploy("--stage", "shadow")).rejects.toThrow("the first version of a model is live");
    expect(out).toEqual(["Deployed as films@1.", "films@1 is live."]);
  });

  test("waits for a known version that is on its way", async () => {
    registered.states = [
      [version(1), version(2, toBeLive)],
      [version(1, shadow), version(2)],
    ];
    registered.deployed = { version: 2, created: false };
    await deploy("--wait");
    expect(out.at(-1)).toBe("films@2 is live.");
  });

  test("says when a version becomes what it is to be, and what is wrong with it", async () => {
    registered.states = [[version(1, { ...toBeLive, ready: false, problem: "no answer" })]];
    await deploy();
    expect(out.at(-1)).toBe(
      "films@1 is a shadow, and becomes live when its trainer has begun.\n" +
        "The trainer of films@1 could not be told of its stage, and is told again: no answer",
    );
    registered.states = [[version(1), version(2, toBeLive)]];
    registered.deployed.version = 2;
    await deploy();
    expect(out.at(-1)).toBe("films@2 is a shadow, and becomes live when it has caught up.");
  });
});

describe("--wait", () => {
  test("goes on while what is wrong may mend, and says it once", async () => {
    const ill = version(1, { ...toBeLive, ready: false, problem: "no answer" });
    registered.states = [[ill], [ill], [ill], [version(1)]];
    await deploy("--wait");
    expect(err).toEqual(["The trainer of films@1 could not be told of its stage, and is told again: no answer"]);
    expect(out.at(-1)).toBe("films@1 is live.");
  });

  test.each([
    [{ ready: false, problem: "no answer" }, "its trainer could not be told of its stage: no answer"],
    [{ ready: false }, "its trainer has not begun"],
    [{ training: null }, "its trainer does not say how far it is"],
    [{ training: { ...version(1).training!, lag: 7 } }, "it has 7 rows of the log still to read"],
    [{}, "it has read the log, and has not published that yet"],
  ])("ends after its time with the reason: %j", async (state, reason) => {
    registered.states = [[version(1), version(2, { ...toBeLive, ...state })]];
    await expect(promote("films@2", "--stage", "live", "--wait", "--timeout", "50ms")).rejects.toThrow(
      `films@2 is not live after 0.05 seconds: ${reason}. It goes on`,
    );
  });

  test("ends when something else was asked for meanwhile", async () => {
    registered.states = [
      [version(1), version(2, toBeLive)],
      [version(1), version(2, shadow)],
    ];
    registered.deployed.version = 2;
    await expect(deploy("--wait")).rejects.toThrow(
      "films@2 is no longer to be live: something else was asked for meanwhile. films@2 is a shadow.",
    );
  });

  test("of a canary does not end with another share", async () => {
    const canary = (share: number, wanted: number) =>
      version(2, { stage: "canary", share, wanted: { stage: "canary", share: wanted } });
    registered.states = [
      [version(1), canary(0.1, 0.2)],
      [version(1), version(2, { stage: "canary", share: 0.2 })],
    ];
    await promote("films@2", "--stage", "canary:0.2", "--wait");
    expect(out).toEqual(["films@2 is a canary for 20 % of the units."]);
  });

  test("has a time, and the time is for nothing else", async () => {
    await expect(deploy("--timeout", "1m")).rejects.toThrow("--timeout is for --wait.");
    await expect(deploy("--wait", "--timeout", "soon")).rejects.toThrow('--timeout: "soon" is not a duration');
    expect(registered.calls).toEqual([]);
  });
});

describe("files", () => {
  const graph = (path: string) =>
    deployCommand([file("g.json", JSON.stringify(films("./g.onnx"))), "--graph", path, "--url", url]);

  test("that are no graphs are refused by their names, before anything is sent", async () => {
    mkdirSync(join(scratch, "directory"));
    await expect(graph(join(scratch, "directory"))).rejects.toThrow("directory is a directory, not a file.");
    await expect(graph(file("empty.onnx", ""))).rejects.toThrow("empty.onnx is empty, and a graph is an ONNX file.");
    const large = file("large.onnx", "");
    truncateSync(large, MAX_GRAPH_BYTES + 1);
    await expect(graph(large)).rejects.toThrow(
      `large.onnx has ${MAX_GRAPH_BYTES + 1} bytes, and a graph must have at most ${MAX_GRAPH_BYTES}.`,
    );
    await expect(deployCommand([join(scratch, "nothing.onnx", "x.json")])).rejects.toThrow("There is no file");
    mkdirSync(join(scratch, "directory.json"));
    await expect(deployCommand([join(scratch, "directory.json")])).rejects.toThrow("is a directory, not a file.");
    expect(registered.calls).toEqual([]);
  });

  test("that the edge refuses are called as they were given", async () => {
    const given = file("bad.onnx", "bad");
    const errors = ["it is no ONNX file", "nor anything else"].map((message) => ({ field: "body.graph", message }));
    const detail = "The graph ./g.onnx cannot work: it is no ONNX file; nor anything else";
    registered.refuse = { method: "POST", status: 400, problem: { detail, errors } };
    await expect(graph(given)).rejects.toThrow(new Error(`${given}: it is no ONNX file\n${given}: nor anything else`));
    const field = "body.spec.task";
    registered.refuse.problem = { detail: `${field} must be rank`, errors: [{ field, message: "must be rank" }] };
    await expect(deploy()).rejects.toThrow(new Error(`${specFile}: task must be rank`));
  });

  test("with a spec longer than a body may be are refused with the limit", async () => {
    const features = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`f${i}`, field("x".repeat(1000))]));
    const large = file("large.json", JSON.stringify({ ...films(), features: { action: features }, interactions: [] }));
    await expect(deployCommand([large, "--url", url])).rejects.toThrow(
      new RegExp(`large.json: the spec is too large.*which may have at most ${MAX_BODY_BYTES}`),
    );
    expect(registered.calls).toEqual([]);
  });
});

describe("what is refused", () => {
  test("is said once, by the names of the command line", async () => {
    const refuse = (field: string, message: string) => {
      registered.refuse = { status: 409, problem: { detail: `${field} ${message}`, errors: [{ field, message }] } };
    };
    refuse("body.stage", "cannot be retired");
    await expect(promote("films@1", "--stage", "retired")).rejects.toThrow(new Error("--stage cannot be retired"));
    refuse("path.version", "is not a version of films: there is no 9");
    await expect(promote("films@9", "--stage", "live")).rejects.toThrow(
      new Error("films@9 is not a version of films: there is no 9"),
    );
    refuse("path.model", "has no version to go back to");
    await expect(rollbackCommand(["films", "--url", url])).rejects.toThrow(
      new Error("films has no version to go back to"),
    );
  });

  test.each([
    [() => deploy("x", "y"), 'nobody knows what "x", "y" would mean after'],
    [() => promote("films@1", "x", "y", "--stage", "live"), 'nobody knows what "x", "y" would mean after films@1'],
    [() => rollbackCommand(["films", "x", "--url", url]), '"x"'],
    [() => versionsCommand(["films", "x", "--url", url]), '"x"'],
    [() => rollbackCommand(["Cases/../x", "--url", url]), '"Cases/../x" is no model\'s name'],
    [() => versionsCommand(["..", "--url", url]), '".." is no model\'s name'],
    [() => versionsCommand(["", "--url", url]), '"" is no model\'s name'],
    [() => promote("../x@1", "--stage", "live"), '"../x" is no model\'s name'],
    [() => promote("films@0", "--stage", "live"), 'not "films@0"'],
    [() => promote("--stage", "live"), "Name one version as MODEL@VERSION."],
  ])("for its arguments is not sent: %s", async (command, message) => {
    await expect(command()).rejects.toThrow(message);
    expect(registered.calls).toEqual([]);
  });
});

test("versions lists them, with what is wrong", async () => {
  registered.states = [[version(1), version(2, { ...toBeLive, ready: false, problem: "no answer", training: null })]];
  await versionsCommand(["films", "--url", url]);
  expect(out[0]).toMatch(/films@2 +a shadow, to be live/);
  expect(out[1]).toBe("The trainer of films@2 could not be told of its stage, and is told again: no answer");
  expect(changes()).toEqual([]);
});

test("what is refused makes the exit status 1, without a stack", () => {
  const command = fileURLToPath(new URL("../edgewise.ts", import.meta.url));
  const { stderr, status } = spawnSync(process.execPath, [command, "promote", "m@1", "x", "--stage", "live"], {
    encoding: "utf8",
  });
  expect(stderr).toBe('Name one version as MODEL@VERSION and no more: nobody knows what "x" would mean after m@1.\n');
  expect(status).toBe(1);
});
