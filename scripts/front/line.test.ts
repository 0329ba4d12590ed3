import { describe, expect, test } from "vitest";
import { Concurrency } from "./concurrency.ts";
import { INSIDE, SLOW, WAIT } from "./limits.ts";
import { Line, type LineLimits } from "./line.ts";

const limits: LineLimits = {
  inside: { least: 1, most: 2, latency: 100 },
  slow: { after: 500, most: 2 },
  wait: { low: 100, high: 200, burst: 400, standing: 300, patience: 600 },
};

/** A line with a clock that is put forward by hand. */
function lineOf(of: LineLimits = limits) {
  let at = 0;
  const line = new Line(of, () => at);
  const said: string[] = [];
  const standing = new Map<string, Parameters<Line["enter"]>[0]>();
  const gone = new Set<string>();
  return {
    line,
    said,
    gone,
    enter(...names: string[]) {
      for (const name of names) {
        const one = {
          begin: () => said.push(name),
          giveUp: () => said.push(`${name} gave up`),
          isGone: () => gone.has(name),
        };
        standing.set(name, one);
        line.enter(one);
      }
    },
    leave(...names: string[]) {
      for (const name of names) line.leave(standing.get(name)!);
    },
    wait(ms: number) {
      at += ms;
      line.tick();
    },
  };
}

describe("a line", () => {
  test("lets in so many at once, and then the oldest, but nobody who has gone", () => {
    const { line, said, gone, enter, leave } = lineOf();
    enter("a", "b", "c", "d", "e");
    expect([said, line.statistics]).toEqual([["a", "b"], { waiting: 3, inside: 2, limit: 2 }]);
    gone.add("c");
    leave("b", "b");
    expect(said).toEqual(["a", "b", "d"]);
    leave("a", "d");
    expect([said, line.statistics.waiting]).toEqual([["a", "b", "d", "e"], 0]);
  });

  test("lets a burst wait, and is late sooner when it has not been empty for long", () => {
    const { line, enter, leave, wait } = lineOf({ ...limits, slow: { after: 10_000, most: 2 } });
    enter("a", "b", "c");
    wait(250);
    expect(line.isLate).toBe(false);
    enter("d");
    wait(50);
    leave("a");
    // It has stood for 300 ms, and d for 50 of them.
    expect(line.isLate).toBe(false);
    wait(149);
    expect(line.isLate).toBe(false);
    wait(1);
    expect(line.isLate).toBe(true);
    leave("b");
    expect(line.statistics.waiting).toBe(0);
    enter("e");
    wait(250);
    expect(line.isLate).toBe(false);
  });

  test("stays late until the wait is under the low watermark", () => {
    const { line, enter, leave, wait } = lineOf();
    enter("a", "b", "c");
    wait(10);
    enter("d");
    wait(400);
    expect(line.isLate).toBe(true);
    enter("e");
    wait(120);
    leave("a", "b");
    // e has waited for 120 ms: less than what makes a line late, and more than what ends that.
    expect(line.isLate).toBe(true);
    leave("c");
    expect(line.isLate).toBe(false);
  });

  test("is given up by who has waited too long", () => {
    const { said, enter, wait, leave } = lineOf({ ...limits, slow: { after: 10_000, most: 2 } });
    enter("a", "b", "c");
    wait(300);
    enter("d");
    wait(301);
    expect(said).toEqual(["a", "b", "c gave up"]);
    leave("a");
    expect(said).toEqual(["a", "b", "c gave up", "d"]);
  });

  test("is held up by nobody who is inside for long, unless those are many", () => {
    const { line, said, enter, wait, leave } = lineOf();
    enter("a", "b");
    wait(499);
    enter("c", "d", "e");
    expect(said).toEqual(["a", "b"]);
    wait(1);
    expect(said).toEqual(["a", "b"]);
    leave("a");
    expect(said).toEqual(["a", "b", "c", "d"]);
    leave("c", "d");
    expect([said, line.statistics.inside]).toEqual([["a", "b", "c", "d", "e"], 2]);
  });
});

describe("how many are inside", () => {
  const answers = (concurrency: Concurrency, ms: number, n: number, full = true) => {
    for (let i = 0; i < n; i++) concurrency.answered(ms, full);
  };

  test("grows while answers are quick and all places are taken, and falls when they are slow", () => {
    const concurrency = new Concurrency(INSIDE);
    const begun = concurrency.limit;
    answers(concurrency, INSIDE.latency / 2, 1000, false);
    expect(concurrency.limit).toBe(begun);
    answers(concurrency, INSIDE.latency / 2, 100_000);
    expect(concurrency.limit).toBe(INSIDE.most);
    answers(concurrency, INSIDE.latency * 2, 32);
    expect(concurrency.limit).toBeLessThan(INSIDE.most);
    answers(concurrency, INSIDE.latency * 2, 100_000);
    expect(concurrency.limit).toBe(INSIDE.least);
  });

  test("is not changed by some that hang", () => {
    const concurrency = new Concurrency(INSIDE);
    for (let i = 0; i < 100_000; i++) concurrency.answered(i % 4 === 0 ? 30_000 : 10, true);
    expect(concurrency.limit).toBe(INSIDE.most);
  });
});

/** Workerd as the front sees it: one thread, which does the calls that it has one after the other, and then a commit. */
describe.each([
  { name: "a fast machine", work: 1.4, commit: 2 },
  { name: "a slow machine", work: 15, commit: 20 },
  { name: "a slow disk", work: 1.4, commit: 60 },
])("on $name", ({ work, commit }) => {
  test.each([1.5, 3, 10])("%d times as many calls as it can do leave it at work, and none waits for long", (factor) => {
    let at = 0;
    const line = new Line({ inside: INSIDE, slow: SLOW, wait: WAIT }, () => at);
    const due: { at: number; run: () => void }[] = [];
    const later = (time: number, run: () => void) => {
      const place = due.findLastIndex((other) => other.at <= time) + 1;
      due.splice(place, 0, { at: time, run });
    };
    const waits: number[] = [];
    let [sentAway, gaveUp, threadFree] = [0, 0, 0];
    const enter = () => {
      const since = at;
      if (line.isLate) return void sentAway++;
      const one = {
        isGone: () => false,
        giveUp: () => gaveUp++,
        begin: () => {
          threadFree = Math.max(threadFree, at) + work;
          later(threadFree + commit, () => {
            waits.push(at - since);
            line.leave(one);
          });
        },
      };
      line.enter(one);
    };
    const end = 20_000;
    for (let n = 0, ticks = 1; at < end; ) {
      const next = Math.min((n * work) / factor, ticks * 50, due[0]?.at ?? Number.POSITIVE_INFINITY);
      at = next;
      if (next === due[0]?.at) due.shift()!.run();
      else if (next === ticks * 50) {
        ticks++;
        line.tick();
      } else {
        n++;
        enter();
      }
    }
    waits.sort((a, b) => a - b);
    expect(sentAway).toBeGreaterThan(0);
    expect(gaveUp).toBeLessThan(waits.length / 50);
    expect((waits.length * work) / end).toBeGreaterThan(0.8);
    expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThan(2000);
  });
});
