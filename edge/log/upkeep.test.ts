import { afterEach, expect, test, vi } from "vitest";
import { type Chore, Upkeep } from "./upkeep.ts";

afterEach(() => void vi.restoreAllMocks());

const storage = { transactionSync: (act: () => unknown) => act() } as unknown as DurableObjectStorage;
const SOON = { timeout: 5000, interval: 5 };

/** A chore that is due, some times. */
function chore(name: string, times: number, step: () => void = () => {}): Chore & { done: number } {
  const made = {
    name,
    done: 0,
    dueAt: () => (made.done < times ? 0 : null),
    step: () => {
      step();
      made.done++;
    },
  };
  return made;
}

test("a chore that fails holds up no other, is named, and is tried again", async () => {
  const lines = vi.spyOn(console, "error").mockImplementation(() => {});
  let isBroken = true;
  const broken = chore("erasing", 1, () => {
    if (isBroken) throw new Error("no room");
  });
  const well = chore("retention", 3);
  let ended = 0;
  const upkeep = new Upkeep(storage, "7", [broken, well], () => void ended++);
  upkeep.begin();
  await vi.waitFor(() => expect(ended).toBe(1), SOON);
  expect(well.done).toBe(3);
  expect(lines).toHaveBeenCalled();
  expect(JSON.parse(lines.mock.calls[0]![0] as string)).toMatchObject({ partition: "7", chore: "erasing" });

  isBroken = false;
  const due = upkeep.begin()!;
  expect(due - Date.now()).toBeLessThanOrEqual(30_000);
  await vi.waitFor(() => {
    upkeep.begin();
    expect(broken.done).toBe(1);
  }, SOON);
  await vi.waitFor(() => expect(upkeep.begin()).toBeNull(), SOON);
});

test("what failed is tried at once when the clock has gone back since", async () => {
  for (const level of ["error", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  let tries = 0;
  const failing = chore("erasing", 1, () => {
    tries++;
    throw new Error("no room");
  });
  const upkeep = new Upkeep(storage, "7", [failing], () => {});
  upkeep.begin();
  await vi.waitFor(() => expect(tries).toBe(1), SOON);
  await scheduler.wait(0);
  const now = Date.now() - 3_600_000;
  vi.spyOn(Date, "now").mockImplementation(() => now);
  upkeep.begin();
  await vi.waitFor(() => expect(tries).toBeGreaterThan(1), SOON);
});
