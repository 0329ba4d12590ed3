import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cache } from "./cache.ts";
import { readOptions } from "./options.ts";
import { runVw } from "./run.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-cache-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const json = { _label_cost: 1, _label_probability: 0.5, _labelIndex: 0, c: { x: 1 }, _multi: [{ b: 1 }, { c: "d" }] };

test.each([
  ["simple labels", "1 2 0.5 |f a:0.3 b\n |f c\n0 |g x:y |f a\n", ""],
  ["costs of lines", "1:1:0.5 | x\n2:0:0.5 | x y:2\n", "--cb_explore 2"],
  [
    "events",
    "shared |s u\n0:1:0.5 |a x\n|a y\n\nshared |s u\n|a x\n0:2:0.2 |a y\n\n|a x\n|a y\n",
    "--cb_explore_adf -q sa",
  ],
  ["events of JSON", `${JSON.stringify(json)}\n${JSON.stringify(json)}\n`, "--json --cb_explore_adf"],
])("%s learn the same from the cache", async (name, text, options) => {
  const file = join(scratch, `${name}.dat`);
  const out = join(scratch, `${name}.cache`);
  writeFileSync(file, text);
  const args = (data: string) => ["-d", data, ...options.split(" ").filter(Boolean)];
  await cache([out, ...args(file)]);
  const { average: direct } = await runVw(readOptions(args(file)));
  const { average: cached } = await runVw(readOptions(args(out)));
  expect(cached).toEqual(direct);
  expect(cached.value).toBe(direct.value);
  expect(cached.count).toBeGreaterThan(1);
});

test("a cache of other examples is refused", async () => {
  const file = join(scratch, "a.dat");
  const out = join(scratch, "a.cache");
  writeFileSync(file, "1 |f a\n");
  await cache([out, "-d", file]);
  await expect(runVw(readOptions(["-d", out, "--cb_explore_adf"]))).rejects.toThrow(
    "its examples are simple, but these options need events",
  );
});

test("there are no caches of classes and slots", async () => {
  const file = join(scratch, "b.dat");
  writeFileSync(file, "1 |f a\n");
  for (const kind of [["--oaa", "2"], ["--ccb_explore_adf"]])
    await expect(cache([join(scratch, "b.cache"), "-d", file, ...kind])).rejects.toThrow(/^Caches hold numbers and/);
});

test("a cache that was cut short is refused with its name", async () => {
  const file = join(scratch, "cut.cache");
  writeFileSync(file, "EWEC");
  await expect(runVw(readOptions(["-d", file]))).rejects.toThrow(/cut\.cache: not a valid example cache/);
});
