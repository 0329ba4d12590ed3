import fc from "fast-check";
import { expect, test } from "vitest";
import { Sorter } from "./sorter.ts";

type Item = { at: number; text: string };
const byTime = (a: Item, b: Item) => a.at - b.at;
/** Line ends of all kinds, also those that only JavaScript takes for one. */
const items = fc.array(
  fc.record({ at: fc.integer({ min: 0, max: 9 }), text: fc.constantFrom("", "a\nb", "\u2028", "é") }),
);

async function sorted(list: readonly Item[], runSize: number): Promise<{ runs: number; found: Item[] }> {
  const sorter = new Sorter(byTime, runSize);
  for (const item of list) sorter.add(item, 10);
  const { runs } = sorter;
  const found: Item[] = [];
  for await (const item of sorter.sorted()) found.push(item);
  return { runs, found };
}

test("what is added comes in its order, equal items as they were added, whether it is in memory or in files", async () => {
  await fc.assert(
    fc.asyncProperty(items, fc.constantFrom(5, 25, 1000), async (list, runSize) => {
      expect((await sorted(list, runSize)).found).toEqual(list.toSorted(byTime));
    }),
  );
});

test("no more than a run is kept in memory", async () => {
  const list = Array.from({ length: 100 }, (_, i) => ({ at: (i * 37) % 100, text: "" }));
  const { runs, found } = await sorted(list, 100);
  expect(runs).toBe(9);
  expect(found.map(({ at }) => at)).toEqual(list.map((_, i) => i));
});
