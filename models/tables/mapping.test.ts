import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMapping, unusedColumns, withoutColumns } from "../../cli/tables/mapping.ts";
import { tableMapping } from "../../cli/tables/table-mapping.ts";
import purchaseIntent from "../purchase-intent/spec.ts";

const mapping = tableMapping.parse({
  label: { column: "Revenue" },
  columns: { PageValues: "number", Month: "category", city: "category" },
});

test("columns that no context feature reads are named", () => {
  expect(unusedColumns(mapping, purchaseIntent)).toEqual(["city"]);
  expect(unusedColumns(withoutColumns(mapping, ["city"]), purchaseIntent)).toEqual([]);
});

test("only columns of the mapping can be left out", () => {
  expect(Object.keys(withoutColumns(mapping, ["Month"]).columns)).toEqual(["PageValues", "city"]);
  expect(() => withoutColumns(mapping, ["month"])).toThrow("--drop month: the mapping has no such column");
});

test("a mapping file that is missing, no JSON or no mapping is told by its path and fields", () => {
  const dir = mkdtempSync(join(tmpdir(), "edgewise-mapping-"));
  const write = (text: string) => {
    writeFileSync(join(dir, "mapping.json"), text);
    return join(dir, "mapping.json");
  };
  expect(readMapping(write('{"label":{"column":"y"},"columns":{"a":"number"}}')).delimiter).toBe(",");
  expect(() => readMapping(write('{"label":{"column":"y"},"columns":{"a":"text"}}'))).toThrow("\n  columns.a: ");
  expect(() => readMapping(write("{"))).toThrow("mapping.json cannot be read");
  expect(() => readMapping(join(dir, "none.json"))).toThrow("none.json cannot be read");
  rmSync(dir, { recursive: true });
});
