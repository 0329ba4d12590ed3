import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-refusals-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The rows of the guide's table: options, a file, and what is said of it. */
const rows = [
  ...readFileSync(path("../docs/guide.md"), "utf8").matchAll(/^\| `((?:evaluate|vw)\b.*?)` \| `(.*)` \| `(.*)` \|$/gm),
].map(([, options, file, said]) => [options!, file!.replaceAll("\\|", "|").replaceAll("\\n", "\n"), said!] as const);

test("the guide has its table of what is refused", () => {
  expect(rows.length).toBeGreaterThan(10);
});

test.each(rows)("edgewise %s refuses %j as the guide says", (options, content, said) => {
  const file = join(scratch, "log");
  writeFileSync(file, content);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path("edgewise.ts"), ...options.split(" "), "-d", file],
    { encoding: "utf8" },
  );
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(said);
});
