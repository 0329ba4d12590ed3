import { expect, test } from "vitest";
import { slotOf } from "./slot-of.ts";

const records = new Map<string, string>();
const log = { record: (id: string) => records.get(id) ?? null };
const decided = (id: string, chosen: number) =>
  records.set(id, JSON.stringify({ actions: ["a", "b", "c"].map((action) => ({ id: action })), chosen }));

test("an action is found in its slot, also where one above is not in the log", () => {
  decided("s.1", 0);
  decided("s.1.2", 2);
  expect(slotOf(log, "s.1", "a")).toBe("s.1");
  expect(slotOf(log, "s.1", "c")).toBe("s.1.2");
  expect(slotOf(log, "s.1", "b")).toBeNull();
  decided("s.1.1", 1);
  expect(slotOf(log, "s.1", "b")).toBe("s.1.1");
});
