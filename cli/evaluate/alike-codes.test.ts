import { expect, test } from "vitest";
import { bucket, defineModel, field, rank } from "../../shared/contract/define.ts";
import type { Properties } from "../../shared/contract/values.ts";
import { AlikeCodes } from "./alike-codes.ts";

const spec = defineModel({
  name: "shop",
  task: rank(),
  features: { context: { price: bucket("price", [1]) }, action: { sku: field("sku"), tags: field("tags") } },
  reward: { wait: "1m", default: 0, aggregate: "first" },
});

function doubts(...actions: Properties[]): string[] {
  const codes = new AlikeCodes(spec);
  const input = { at: 0, context: { price: 3 }, sessionFeatures: {}, profileFeatures: {}, graph: null };
  for (const features of actions) codes.update({ values: () => ({ ...input, actions: [{ id: "a", features }] }) });
  return codes.doubts;
}

test("says which codes a spec takes for one, once a feature", () => {
  expect(doubts({ sku: "007" }, { sku: "7" }, { sku: "0007" }, { tags: ["x", "10"] }, { tags: ["010"] })).toEqual([
    '"007" and "7" of sku are one category to the spec, in pages and here, as texts of digits are told apart by the number that they are: put a letter before them (n007).',
    expect.stringContaining('"10" and "010" of tags'),
  ]);
});

test("and of numbers, of other features and of the same code nothing", () => {
  expect(
    doubts({ sku: 7 }, { sku: 7.5 }, { sku: "7" }, { sku: "7" }, { sku: "a7" }, { tags: ["7"] }, { sku: "70" }),
  ).toEqual([]);
});
