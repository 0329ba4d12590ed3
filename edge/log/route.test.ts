import { describe, expect, test } from "vitest";
import { partitionNames } from "./messages.ts";
import { partitionOf } from "./route.ts";

describe("partitionOf", () => {
  test("sends everything of a session to one partition", () => {
    for (const session of ["kX3", "", "ünïcode", "a b"])
      for (const n of ["0", "1", "99", "7.8"])
        expect(partitionOf(`${session}.${n}`, 16)).toBe(partitionOf(session, 16));
  });

  test("spreads sessions over all partitions", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const name = partitionOf(`session-${i}.0`, 4);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["0", "1", "2", "3"]);
    // Each count is binomial (4000, 1/4): 1000 with a standard deviation of 27.
    for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(150);
  });
});

test("partitionNames refuses a setting that is no number of partitions", () => {
  expect(partitionNames("3")).toEqual(["0", "1", "2"]);
  for (const setting of ["0", "-1", "1.5", "", "x"]) expect(() => partitionNames(setting)).toThrow("PARTITIONS");
});
