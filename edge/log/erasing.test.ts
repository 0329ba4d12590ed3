import { expect, test } from "vitest";
import { keyedHash } from "../storage/keyed-hash.ts";
import { appendOf } from "../testing/records.ts";
import { partition } from "../testing/training.ts";

const STRINGS = 120_000;
const key = Uint8Array.from({ length: 16 }, (_, i) => i);

/** The longest from one call of a partition to the end of the next, while something went on, ms. */
async function longestWait(name: string, work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  for (let last = Date.now(); !isOver; ) {
    await scheduler.wait(5);
    await partition(name).statistics();
    const now = Date.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await over;
  return longest;
}

/** How long it takes here and now to hash so many names at once, ms. */
async function hashing(n: number): Promise<number> {
  const started = Date.now();
  for (let i = 0; i < n; i++) keyedHash(key, String(i));
  // The clock goes on only when something was waited for.
  await scheduler.wait(1);
  return Date.now() - started;
}

test("letters of nothing but strings hold up no call, while units are looked up and erased in them", async () => {
  // Each is 1 MB of strings that may be names.
  const letters = Array.from({ length: 2 }, (_, l) => ({
    list: "decisions" as const,
    id: null,
    reason: l === 1 ? 'unit is "visitor one"' : "is none",
    body: JSON.stringify(
      Array.from({ length: STRINGS }, (_, i) => (l === 0 && i === 110_000 ? "visitor two" : `${l}${i.toString(36)}`)),
    ),
  }));
  for (const letter of letters) await partition("0").append(appendOf({ unusable: [letter] }));

  const found: string[] = [];
  const lookUp = async () => {
    for (const unit of ["visitor one", "visitor two"])
      for (let next: { after: number; letters: number } | null = { after: 0, letters: 0 }; next; ) {
        const page = await partition("0").unit({ unit, ...next, limit: 100 });
        found.push(...page.letters.map(({ number }) => `${unit} in ${number}`));
        next = page.next;
      }
  };
  // A machine that is busy is slow at all.
  const before = await hashing(STRINGS);
  const [toLookUp, between] = [await longestWait("0", lookUp()), await hashing(STRINGS)];
  expect(toLookUp).toBeLessThan(Math.max(1000, 2 * before, 2 * between));
  expect(found).toEqual(["visitor one in 2", "visitor two in 1"]);

  const hashes = ["visitor one", "visitor two"].map((unit) => keyedHash(key, unit));
  const ids = hashes.map((hash, i) => ({ id: `e${i}`, hash, before: Date.now(), gone: false }));
  const erase = async () => {
    await expect
      .poll(async () => (await partition("0").erase(key, ids)).length, { timeout: 60_000, interval: 50 })
      .toBe(2);
  };
  const [toErase, after] = [await longestWait("0", erase()), await hashing(STRINGS)];
  expect(toErase).toBeLessThan(Math.max(1000, 2 * between, 2 * after));
  const done = await partition("0").erase(key, ids);
  expect(done.map(({ letters }) => letters)).toEqual([1, 1]);
  const { letters: left } = await partition("0").letters({ after: 0, limit: 100, reason: null });
  expect(left).toEqual([]);
});
