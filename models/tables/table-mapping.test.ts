import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mappedColumns, rowContext, rowLabel, tableMapping } from "../../cli/tables/table-mapping.ts";
import purchaseIntent from "../purchase-intent/spec.ts";

const shoppers = tableMapping.parse(
  JSON.parse(readFileSync(new URL("../purchase-intent/online-shoppers.mapping.json", import.meta.url), "utf8")),
);

test("codes stay text, numbers become numbers, empty cells are missing, other columns are not sent", () => {
  const mapping = tableMapping.parse({
    label: { column: "y" },
    columns: { browser: "category", pages: "number", month: "category" },
  });
  expect(rowContext(mapping, { browser: "2", pages: "3.5", month: "", secret: "1", y: "7" })).toEqual({
    browser: "2",
    pages: 3.5,
  });
});

test("labels are numbers, or 1 for the values that the mapping names", () => {
  const value = tableMapping.parse({ label: { column: "y" }, columns: {} });
  expect(rowLabel(value, { y: "-1.5" })).toBe(-1.5);
  expect(rowLabel(shoppers, { Revenue: "TRUE" })).toBe(1);
  expect(rowLabel(shoppers, { Revenue: "FALSE" })).toBe(0);
});

test("what cannot be used is named by its column", () => {
  expect(() => rowContext(shoppers, { PageValues: "many" })).toThrow('column "PageValues" is not a number: "many"');
  expect(() => rowContext(shoppers, { PageValues: " " })).toThrow('column "PageValues" is not a number: " "');
  expect(() => rowLabel(shoppers, {})).toThrow('column "Revenue" has no label');
});

test("the shoppers' mapping sends every column that purchase-intent reads, and not the label", () => {
  const read = Object.values(purchaseIntent.features.context).map((op) => ("path" in op ? op.path : ""));
  expect(Object.keys(shoppers.columns).sort()).toEqual([...read].sort());
  expect(Object.keys(shoppers.columns)).not.toContain("Revenue");
  expect(mappedColumns(shoppers)).toHaveLength(18);
});
