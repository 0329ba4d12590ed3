import { afterEach, expect, test, vi } from "vitest";
import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import { ChoosingSession } from "./choosing-session.ts";
import { faster } from "./faster-session.ts";
import type { TimedSession } from "./graph-runtime.ts";

type Feeds = Record<string, OnnxTensor>;

const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
afterEach(() => {
  warned.mockClear();
});

const feeds: Feeds = { x: { type: "float32", data: Float32Array.of(1, 2), dims: [2] } };

type Fake = TimedSession & { runs: number; released: boolean };

/** A session whose runs take so many ms, as its worker says, and give so many; `gives` null: they fail. */
function session(took: number, gives: number[] | null, name = ""): Fake {
  return {
    inputNames: ["x"],
    outputNames: ["y"],
    inputMetadata: [],
    outputMetadata: [],
    runs: 0,
    released: false,
    async runTimed() {
      this.runs++;
      await Promise.resolve();
      if (!gives) throw new Error(`${name} is lost`);
      return { outputs: { y: { type: "float32", data: Float32Array.from(gives), dims: [gives.length] } }, took };
    },
    async run(given) {
      return (await this.runTimed(given)).outputs;
    },
    async release() {
      this.released = true;
    },
  };
}

/** Runs a graph that WebAssembly takes `wasm` ms for, where there is this on WebGPU. @returns what the last of the runs went to. */
async function chosen(wasm: number, webgpu: TimedSession | null): Promise<{ runtime: string; looked: number }> {
  let looked = 0;
  const choosing = new ChoosingSession(session(wasm, [3, 4]), async (slow, given) => {
    looked++;
    return webgpu && (await faster(webgpu, slow, given)) ? webgpu : null;
  });
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
  // A tenth of what an edge lets it be: that is for inputs that come later.
  expect(await chosen(40, session(3, [3, 4.0001]))).toEqual({ runtime: "wasm", looked: 1 });
  expect(await chosen(40, session(3, [3, 4.00002]))).toEqual({ runtime: "webgpu", looked: 1 });
});

/** One that runs on WebGPU by now. */
async function onWebGpu(wasm: Fake, webgpu: Fake): Promise<ChoosingSession> {
  const choosing = new ChoosingSession(wasm, async () => webgpu);
  while (choosing.runtime === "wasm") await choosing.run(feeds);
  wasm.runs = 0;
  return choosing;
}

const numbers = ({ y }: Feeds) => Array.from(y!.data as Float32Array);

test("a device that is lost later costs no run: those under way, which never end, are done again, and WebAssembly goes on", async () => {
  const wasm = session(40, [3, 4]);
  const webgpu = session(3, [3, 4]);
  const choosing = await onWebGpu(wasm, webgpu);
  let fail = (_: Error) => {};
  let begun = 0;
  webgpu.run = () =>
    new Promise((_, reject) => {
      if (begun++ === 0) fail = reject;
    });
  const runs = Promise.all([choosing.run(feeds), choosing.run(feeds)]);
  fail(new Error("the device is lost"));
  expect((await runs).map(numbers)).toEqual([
    [3, 4],
    [3, 4],
  ]);
  const after = [choosing.runtime, wasm.runs, webgpu.released, warned.mock.calls.length];
  expect(after).toEqual(["wasm", 2, true, 1]);
  for (let i = 0; i < 10; i++) await choosing.run(feeds);
  expect(choosing.runtime).toBe("wasm");
});

test("a device that hangs is left", async () => {
  const wasm = session(40, [3, 4]);
  const webgpu = session(3, [3, 4]);
  const choosing = await onWebGpu(wasm, webgpu);
  webgpu.run = () => new Promise(() => {});
  expect(numbers(await choosing.run(feeds))).toEqual([3, 4]);
  expect([choosing.runtime, webgpu.released]).toEqual(["wasm", true]);
  expect(warned.mock.calls[0]![0]).toContain("a run was not over after 1000 ms");
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
  const choosing = new ChoosingSession(wasm, look);
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
