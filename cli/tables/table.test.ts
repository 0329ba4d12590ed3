import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { readTable } from "./table.ts";

const dir = mkdtempSync(join(tmpdir(), "edgewise-table-"));
afterAll(() => rmSync(dir, { recursive: true }));

function file(content: string | Buffer): string {
  const path = join(dir, "table");
  writeFileSync(path, content);
  return path;
}

async function rows(path: string, delimiter = ",", columns: string[] = []) {
  const list = [];
  for await (const row of readTable(path, delimiter, columns)) list.push(row);
  return list;
}

const text = 'a,b\r\n1,x\r\n\r\n2,"y, z"\r\n';
const expected = [
  { line: 2, cells: { a: "1", b: "x" } },
  { line: 4, cells: { a: "2", b: "y, z" } },
];

test("reads text and gzip alike, with the line of each row", async () => {
  expect(await rows(file(text))).toEqual(expected);
  expect(await rows(file(gzipSync(text)))).toEqual(expected);
});

test("reads other delimiters and a byte order mark", async () => {
  expect(await rows(file("\ufeffa;b\n1;2\n"), ";", ["a"])).toEqual([{ line: 2, cells: { a: "1", b: "2" } }]);
});

test("takes no spaces around names and cells for a part of them", async () => {
  expect(await rows(file("a , b\n 1,yes \n2,\t\n"), ",", ["b"])).toEqual([
    { line: 2, cells: { a: "1", b: "yes" } },
    { line: 3, cells: { a: "2", b: "" } },
  ]);
});

test("says which column is missing, and which there are", async () => {
  await expect(rows(file(text), ",", ["a", "label"])).rejects.toThrow(
    /line 1: there is no column "label"\. .* the columns are: a, b/,
  );
});

test("says on which line a row has too few cells", async () => {
  await expect(rows(file("a,b\n1,2\n3\n"))).rejects.toThrow(/line 3/);
});

test("refuses an empty file, a missing one and a truncated gzip", async () => {
  await expect(rows(file("a,b\n"))).rejects.toThrow("has no rows");
  await expect(rows(join(dir, "nowhere"))).rejects.toThrow("cannot be read: ENOENT");
  await expect(rows(file(gzipSync(text).subarray(0, 20)))).rejects.toThrow("cannot be read: unexpected end of file");
});
