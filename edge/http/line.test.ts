import { describe, expect, test } from "vitest";
import { LINE } from "./limits.ts";
import { Line } from "./line.ts";

const limits = { most: 2, working: 100, late: { high: 500, low: 250 }, patience: 1000, look: 25 };

/** A thread with a clock of its own: what is due is done one after the other, and late when the thread was busy. */
class Thread {
  now = 0;
  readonly #due: { at: number; run: () => void }[] = [];

  at(at: number, run: () => void): void {
    let [from, to] = [0, this.#due.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#due[middle]!.at > at) to = middle;
      else from = middle + 1;
    }
    this.#due.splice(from, 0, { at, run });
  }

  wait = (ms: number): Promise<void> => new Promise((resolve) => this.at(this.now + ms, resolve));

  /** Code runs for so long, and nothing else. */
  busy(ms: number): void {
    this.now += ms;
  }

  /** Does what is due until a time. */
  async until(end: number): Promise<void> {
    while (this.#due.length > 0 && this.#due[0]!.at <= end) {
      const { at, run } = this.#due.shift()!;
      this.now = Math.max(this.now, at);
      run();
      for (let turn = 0; turn < 10; turn++) await null;
    }
    this.now = Math.max(this.now, end);
  }
}

/** Calls that enter a line; each is worked on until it is let go. */
function enter(line: Line, names: string[]) {
  const begun: string[] = [];
  const leave = new Map<string, () => void>();
  for (const name of names)
    void line.enter().then((turn) => {
      begun.push(turn ? name : `${name} gave up`);
      leave.set(name, () => turn && line.leave(turn));
    });
  return { begun, leave: (name: string) => leave.get(name)!() };
}

describe("a line", () => {
  test("lets in so many at once, and then the oldest", async () => {
    const thread = new Thread();
    const line = new Line(limits, () => thread.now, thread.wait);
    const { begun, leave } = enter(line, ["a", "b", "c", "d", "e"]);
    await thread.until(50);
    expect(begun).toEqual(["a", "b"]);
    expect(line.waiting).toBe(3);
    leave("b");
    leave("b");
    await thread.until(90);
    expect(begun).toEqual(["a", "b", "c"]);
    leave("a");
    leave("c");
    await thread.until(130);
    expect(begun.slice(3).sort()).toEqual(["d", "e"]);
    expect(line.waiting).toBe(0);
  });

  test("is not held up by who waits for somebody else", async () => {
    const thread = new Thread();
    const line = new Line(limits, () => thread.now, thread.wait);
    const { begun } = enter(line, ["a", "b", "c", "d", "e"]);
    await thread.until(99);
    expect(begun).toEqual(["a", "b"]);
    await thread.until(130);
    expect(begun).toEqual(["a", "b", "c", "d"]);
  });

  test("is late from when the oldest has waited too long, until one has not", async () => {
    const thread = new Thread();
    const line = new Line({ ...limits, working: 10_000 }, () => thread.now, thread.wait);
    const first = enter(line, ["a", "b", "c"]);
    await thread.until(300);
    expect(line.isLate).toBe(false);
    const later = enter(line, ["d"]);
    await thread.until(499);
    expect(line.isLate).toBe(false);
    await thread.until(505);
    expect(line.isLate).toBe(true);
    first.leave("a");
    await thread.until(540);
    expect(first.begun).toEqual(["a", "b", "c"]);
    // The oldest is now one that came at 300.
    expect(line.isLate).toBe(false);
    await thread.until(799);
    expect(line.isLate).toBe(false);
    await thread.until(810);
    expect(line.isLate).toBe(true);
    first.leave("b");
    await thread.until(840);
    expect([later.begun, line.isLate]).toEqual([["d"], false]);
  });

  test("is given up by who has waited for long, and by whom the platform has ended", async () => {
    const thread = new Thread();
    let ended = false;
    const wait = (ms: number) => (ended ? new Promise<void>(() => {}) : thread.wait(ms));
    const line = new Line({ ...limits, working: 100_000 }, () => thread.now, wait);
    const { begun } = enter(line, ["a", "b", "c"]);
    await thread.until(1100);
    expect(begun).toEqual(["a", "b", "c gave up"]);
    ended = true;
    enter(line, ["gone"]);
    await thread.until(1700);
    expect([line.waiting, line.isLate]).toEqual([1, true]);
    await thread.until(2200);
    expect([line.isLate, line.waiting]).toEqual([false, 0]);
  });
});

describe.each([
  { name: "a fast machine", work: 1.4 },
  { name: "a slow machine", work: 6 },
])("on $name", ({ work }) => {
  test.each([1.5, 3, 6])(
    "%d times as many calls as it can do leave it at work, and nobody waits for long",
    async (factor) => {
      const thread = new Thread();
      const line = new Line(LINE, () => thread.now, thread.wait);
      const seconds = 4;
      const refusing = work / 12;
      const waits: number[] = [];
      const lags: number[] = [];
      let [came, refused] = [0, 0];
      const calls = (seconds * 1000 * factor) / work;
      for (let n = 0; n < calls; n++) {
        const at = (n * work) / factor;
        thread.at(at, async () => {
          came++;
          if (line.isLate || line.waiting >= 200) {
            refused++;
            return thread.busy(refusing);
          }
          // Reading it costs something too, and its commit.
          thread.busy(work / 8);
          const turn = await line.enter();
          if (!turn) return;
          thread.busy((work * 7) / 8);
          await thread.wait(1);
          line.leave(turn);
          waits.push(thread.now - at);
        });
      }
      // Whoever asks how the edge is comes in beside the line.
      for (let at = 0; at < seconds * 1000; at += 100) thread.at(at, () => lags.push(thread.now - at));
      await thread.until(seconds * 1000);
      waits.sort((a, b) => a - b);
      lags.sort((a, b) => a - b);
      expect(came).toBeGreaterThan(calls * 0.9);
      expect(refused).toBeGreaterThan(0);
      expect((waits.length * work) / (seconds * 1000)).toBeGreaterThan(0.8 - (factor - 1) * 0.08);
      expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThan(2000);
      expect(lags[Math.floor(lags.length * 0.99)]).toBeLessThan(work * 16 * 2);
    },
  );
});
