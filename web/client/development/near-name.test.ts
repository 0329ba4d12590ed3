import { expect, test } from "vitest";
import { nearName } from "./near-name.ts";

test("a typing error is found: letters swapped, left out, doubled, wrong, or written otherwise", () => {
  for (const [name, meant] of [
    ["devcie", "device"],
    ["raed", "read"],
    ["sectoin", "section"],
    ["scroled", "scrolled"],
    ["pageType", "page_type"],
    ["Genre", "genre"],
  ])
    expect(nearName(name!, ["hour", meant!, "x"])).toBe(meant);
});

test("names that are just others are none", () => {
  expect(nearName("title", ["genre", "year", "tiling"])).toBeUndefined();
  expect(nearName("age", ["page_kind", "tag"])).toBeUndefined();
  expect(nearName("a", [])).toBeUndefined();
});

test("the nearest is taken", () => {
  expect(nearName("sections", ["sessions", "section"])).toBe("section");
});
