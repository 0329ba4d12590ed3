import { expect, test } from "vitest";
import { delimiterOf, idColumns } from "./table-columns.ts";

test("rows are told apart by ids of decisions, or by all that they say where that has a time", () => {
  const rest = ["action", "reward", "propensity"];
  expect(idColumns(["event_id", ...rest])).toEqual([0]);
  expect(idColumns(["Decision ID", ...rest, "id"])).toEqual([0]);
  expect(idColumns(["id", "Timestamp", ...rest])).toEqual([0, 1, 2, 3, 4]);
  // A visitor's, maybe, who was shown the same twice.
  expect(idColumns(["id", ...rest])).toEqual([]);
  expect(idColumns(["timestamp", ...rest])).toEqual([]);
});

test.each([",", "\t", ";", "|"])("a table's delimiter is told by its header: %j", (delimiter) => {
  expect(delimiterOf(["x", "Action", "reward", "propensity"].join(delimiter))).toBe(delimiter);
  expect(delimiterOf(["x", "action", "reward"].join(delimiter))).toBeNull();
});
