import { afterEach, expect, test, vi } from "vitest";
import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import { ChoosingSession } from "./choosing-session.ts";
import { faster } from "./faster-session.ts";

type Feeds = Record<string, OnnxTensor>;

/** Passes while a session runs. */
let clock = 0;
const now = () => clock;
const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
afterEach(() => {
  clock = 0;
  warned.mockClear();
});

const feeds: Feeds = { x: { type: "float32", data: Float32Array.of(1, 2), dims: [2] } };

/** A session whose runs take so many ms and give so many; `gives` null: they fail. */
function session(ms: number, gives: number[] | null, name = ""): OnnxSession & { runs: number; released: boolean } {
  return {
    inputNames: ["x"],
    outputNames: ["y"],
    inputMetadata: [],
    outputMetadata: [],
    runs: 0,
    released: false,
    async run() {
      this.runs++;
      await Promise.resolve();
      clock += ms;
      if (!gives) throw new Error(`${name} is lost`);
      return { y: { type: "float32", data: Float32Array.from(gives), dims: [gives.length] } };
    },
    async release() {
      this.released = true;
    },
  };
}

/** Runs a graph that WebAssembly takes `wasm` ms for, where there is this on WebGPU. @returns what the last of the runs went to. */
async function chosen(wasm: number, webgpu: OnnxSession | null): Promise<{ runtime: string; looked: number }> {
  let looked = 0;
  const choosing = new ChoosingSession(
    session(wasm, [3, 4]),
    async (slow, given) => {
      looked++;
      return webgpu && (await faster(webgpu, slow, given, now)) ? webgpu : null;
    },
    now,
  );
  for (let i = 0; i < 20; i++) {
    expect(Array.from((await choosing.run(feeds)).y!.data as Float32Array, Math.round)).toEqual([3, 4]);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { runtime: choosing.runtime, looked };
}

test("what runs quickly stays where it is, and nothing is looked for", async () => {
  expect(await chosen(2, session(0.1, [3, 4]))).toEqual({ runtime: "wasm", looked: 0 });
});

test("what runs slowly goes where it is faster", async () => {
  expect(await chosen(40, session(3, [3, 4]))).toEqual({ runtime: "webgpu", looked: 1 });
});

test("what runs slowly, and elsewhere as slowly or more so, stays", async () => {
  expect(await chosen(40, session(38, [3, 4]))).toEqual({ runtime: "wasm", looked: 1 });
  expect(await chosen(40, session(400, [3, 4]))).toEqual({ runtime: "wasm", looked: 1 });
});

test("where there is no WebGPU it stays, and is not looked for again", async () => {
  expect(await chosen(40, null)).toEqual({ runtime: "wasm", looked: 1 });
  expect(warned).not.toHaveBeenCalled();
});

test("who is faster and wrong is not taken, which is said", async () => {
  expect(await chosen(40, session(3, [3, 4.1]))).toEqual({ runtime: "wasm", looked: 1 });
  expect(await chosen(40, session(3, [3]))).toEqual({ runtime: "wasm", looked: 1 });
  expect(await chosen(40, session(3, null, "the device"))).toEqual({ runtime: "wasm", looked: 1 });
  expect(warned.mock.calls.map(([text]) => text.split("cannot be used: ")[1])).toEqual([
    expect.stringMatching(/^Error: its output y\[1\] is 4\.09\d+, where WebAssembly gives 4$/),
    "Error: its output y[1] is undefined, where WebAssembly gives 4",
    "Error: the device is lost",
  ]);
  // As near as an edge lets it be.
  expect(await chosen(40, session(3, [3, 4.0001]))).toEqual({ runtime: "webgpu", looked: 1 });
});

test("a device that is lost later costs no run: it is done again, and WebAssembly goes on", async () => {
  const wasm = session(40, [3, 4]);
  const webgpu = session(3, [3, 4]);
  const choosing = new ChoosingSession(wasm, async () => webgpu, now);
  while (choosing.runtime === "wasm") await choosing.run(feeds);
  webgpu.run = async () => {
    throw new Error("the device is lost");
  };
  const before = wasm.runs;
  const results = await Promise.all([choosing.run(feeds), choosing.run(feeds)]);
  expect(results.map(({ y }) => Array.from(y!.data as Float32Array))).toEqual([
    [3, 4],
    [3, 4],
  ]);
  expect([choosing.runtime, wasm.runs - before, webgpu.released, warned.mock.calls.length]).toEqual([
    "wasm",
    2,
    true,
    1,
  ]);
  for (let i = 0; i < 10; i++) await choosing.run(feeds);
  expect(choosing.runtime).toBe("wasm");
});

test("what is found after it was released is released too", async () => {
  const webgpu = session(3, [3, 4]);
  let found = (_: OnnxSession) => {};
  const choosing = new ChoosingSession(
    session(40, [3, 4]),
    () =>
      new Promise((resolve) => {
        found = resolve;
      }),
    now,
  );
  for (let i = 0; i < 5; i++) await choosing.run(feeds);
  await choosing.release();
  found(webgpu);
  await expect.poll(() => webgpu.released).toBe(true);
});

test("it does not change while a run is under way, so that what a decision says of it is true", async () => {
  const wasm = session(40, [3, 4]);
  const webgpu = session(3, [3, 4]);
  let find = (_: OnnxSession) => {};
  const look = () =>
    new Promise<OnnxSession>((resolve) => {
      find = resolve;
    });
  const choosing = new ChoosingSession(wasm, look, now);
  for (let i = 0; i < 5; i++) await choosing.run(feeds);
  const first = choosing.run(feeds);
  find(webgpu);
  await Promise.resolve();
  const second = choosing.run(feeds);
  await Promise.all([first, second]);
  expect([choosing.runtime, wasm.runs, webgpu.runs]).toEqual(["wasm", 7, 0]);
  await choosing.run(feeds);
  expect([choosing.runtime, wasm.runs, webgpu.runs]).toEqual(["webgpu", 7, 1]);
});
