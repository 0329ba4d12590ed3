import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import { LastingSession, type Running } from "./lasting-session.ts";

const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  warned.mockClear();
});

const y: OnnxTensor = { type: "float32", data: Float32Array.of(1), dims: [1] };

/** What becomes of a run: it goes well, it fails, it hangs. */
type Fate = "well" | "fails" | "hangs";

function runtime(fate: () => Fate, isAlive: () => boolean) {
  const told = { runs: 0, ended: 0, released: 0 };
  const running: Running = {
    session: {
      ...{ inputNames: ["x"], outputNames: ["y"], inputMetadata: [], outputMetadata: [] },
      async run() {
        told.runs++;
        if (fate() === "fails") throw new Error("as if");
        if (fate() === "hangs") await new Promise(() => {});
        return { y };
      },
      async release() {
        told.released++;
      },
    },
    isAlive: async () => isAlive(),
    end: () => {
      told.ended++;
    },
  };
  return { running, told };
}

const outcome = (session: LastingSession) =>
  session.run({}).then(
    () => "well",
    () => "failed",
  );

test("a run that failed by itself changes nothing", async () => {
  let fate: Fate = "fails";
  const { running, told } = runtime(
    () => fate,
    () => true,
  );
  const start = vi.fn();
  const session = new LastingSession(running, start);
  expect(await outcome(session)).toBe("failed");
  fate = "well";
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcome(session)).toBe("well");
  expect([told, start.mock.calls.length]).toEqual([{ runs: 2, ended: 0, released: 0 }, 0]);
  expect(warned).not.toHaveBeenCalled();
});

test.each(["fails", "hangs"] as const)(
  "a runtime that has died (%s) is started anew after a pause, and that is said once",
  async (fate) => {
    const first = runtime(
      () => fate,
      () => false,
    );
    const second = runtime(
      () => "well",
      () => true,
    );
    const start = vi.fn(async () => second.running);
    const session = new LastingSession(first.running, start);
    const run = outcome(session);
    await vi.advanceTimersByTimeAsync(fate === "hangs" ? 30_000 : 0);
    expect([await run, first.told.ended]).toEqual(["failed", 1]);
    // At once, and nobody asks the one that is dead.
    for (let n = 0; n < 10; n++) expect(await outcome(session)).toBe("failed");
    expect([first.told.runs, start.mock.calls.length]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await outcome(session)).toBe("failed");
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome(session)).toBe("well");
    expect(start).toHaveBeenCalledTimes(1);
    expect(warned).toHaveBeenCalledTimes(1);
  },
);

test("a graph that ends its runtime each time is left alone for longer and longer, up to minutes", async () => {
  const { running, told } = runtime(
    () => "fails",
    () => false,
  );
  const start = vi.fn(async () => running);
  const session = new LastingSession(running, start);
  const hours = 2;
  for (let s = 0; s < hours * 3600; s += 10) {
    await outcome(session);
    await vi.advanceTimersByTimeAsync(10_000);
  }
  // Nine until the pause is the longest, of which half is by chance.
  expect(start.mock.calls.length).toBeGreaterThan((hours * 3600) / 320);
  expect(start.mock.calls.length).toBeLessThan(10 + (hours * 3600) / 150);
  expect(told.ended).toBe(start.mock.calls.length + 1);
  expect(warned).toHaveBeenCalledTimes(1);
});

test("one that is released is not started anew", async () => {
  const { running } = runtime(
    () => "fails",
    () => false,
  );
  const start = vi.fn(async () => running);
  const session = new LastingSession(running, start);
  await session.release();
  for (let n = 0; n < 10; n++) {
    await outcome(session);
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(start).not.toHaveBeenCalled();
  expect(warned).not.toHaveBeenCalled();
});
