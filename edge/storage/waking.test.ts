import { expect, test, vi } from "vitest";
import { Waking } from "./waking.ts";

/** A storage that has an alarm, and remembers what it was set to. */
async function waking(work: () => Promise<void>) {
  const set: number[] = [];
  const storage = { getAlarm: async () => null, setAlarm: async (time: number) => void set.push(time) };
  const made = new Waking(storage as unknown as DurableObjectStorage, work);
  await made.load();
  return { waking: made, set };
}

const SOON = { timeout: 5000, interval: 5 };

test("what is due soon is done by a timer, and the alarm is set once for a long time", async () => {
  let done = 0;
  const { waking: object, set } = await waking(async () => void done++);
  for (let n = 1; n <= 20; n++) {
    object.noLaterThan(Date.now() + 5);
    object.noLaterThan(Date.now() + 1000);
    await vi.waitFor(() => expect(done).toBe(n), SOON);
  }
  expect(set).toHaveLength(1);
  expect(set[0]).toBeGreaterThan(Date.now());
  // What is far away is the alarm's alone, and later than the one that is set.
  object.noLaterThan(Date.now() + 60_000);
  expect(set).toHaveLength(1);
});

test("nothing is due any more, or the alarm came first: the timer does not do it again", async () => {
  let done = 0;
  const { waking: object, set } = await waking(async () => void done++);
  object.noLaterThan(Date.now() + 20);
  object.clear();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(done).toBe(0);
  object.noLaterThan(Date.now() + 20);
  await object.rang();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(done).toBe(1);
  // That alarm is gone.
  object.noLaterThan(Date.now() + 20);
  expect(set).toHaveLength(2);
  object.clear();
});

test("work is done once at a time, and what fails by a timer is done again by the alarm", async () => {
  const output = vi.spyOn(console, "error").mockImplementation(() => {});
  let running = 0;
  let most = 0;
  let fails = false;
  const { waking: object, set } = await waking(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running--;
    if (fails) throw new Error("the disk is full");
  });
  object.noLaterThan(Date.now());
  await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all([object.rang(), object.rang()]);
  expect(most).toBe(1);
  fails = true;
  object.noLaterThan(Date.now());
  await vi.waitFor(() => expect(set.at(-1)).toBeLessThanOrEqual(Date.now()), SOON);
  await expect(object.rang()).rejects.toThrow("the disk is full");
  output.mockRestore();
});
