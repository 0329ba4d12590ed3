import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Dialect, readCsv } from "./csv.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-csv-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

/** The rows of a table with what was left out of it, each by its line. */
async function read(content: string | Buffer, dialect: Partial<Dialect> = {}) {
  const file = join(scratch, "table.csv");
  writeFileSync(file, content);
  const rows: [number, ...string[]][] = [];
  const problems: [number, string][] = [];
  const onProblem = (line: number, { message }: Error) => problems.push([line, message]);
  for await (const { line, cells } of readCsv(file, "the table", { delimiter: ",", ...dialect }, onProblem))
    rows.push([line, ...cells]);
  return { rows: rows.slice(1), problems };
}

test.each<[string, [number, ...string[]]]>([
  ["a,b\n1,2\n", [2, "1", "2"]],
  ["a,b\r\n1,2\r\n", [2, "1", "2"]],
  ["a,b\r1,2", [2, "1", "2"]],
  ["a,b\n\n1,\n", [3, "1", ""]],
  ['a,b\n"x, ""y""",\n', [2, 'x, "y"', ""]],
  ['a,b\n"line\nend",2\n', [3, "line\nend", "2"]],
  ['a,b\r\n"line\r\nend",2\r\n', [3, "line\r\nend", "2"]],
])("reads %j", async (content, row) => {
  const { rows, problems } = await read(content);
  expect([rows, problems]).toEqual([[row], []]);
});

test.each<[string, string, number, RegExp]>([
  ["a quote in the middle", '5" tv,2', 2, /quote/],
  ["a quote with a stroke before it", '"a\\"b",2', 2, /quote/],
  ["a quote that is never closed", '"a,2', 2, /quote/],
  ["a quote after a space", '1, "rome, x"', 2, /quote/],
  ["a cell too few", "1", 2, /1 cells, but 2 columns/],
])("leaves out a row with %s, and no other", async (_, row, line, problem) => {
  const { rows, problems } = await read(`a,b\n${row}\n3,4\n"5","6"\n`);
  expect(rows).toEqual([
    [3, "3", "4"],
    [4, "5", "6"],
  ]);
  expect(problems).toEqual([[line, expect.stringMatching(problem)]]);
});

test("of a quote that is never closed in a long table no more than its row is lost", async () => {
  const { rows, problems } = await read(`a,b\n"x,0\n${"1,2\n".repeat(3000)}`);
  expect([rows.length, rows[0], rows.at(-1), problems.length]).toEqual([3000, [3, "1", "2"], [3002, "1", "2"], 1]);
});

test("a cell of many lines with doubled quotes is read in one go, and so are they where it is never closed", async () => {
  const lines = 'say ""a""\r\n'.repeat(800);
  const closed = await read(`a,b\r\n1,"${lines}"\r\n3,4\r\n`);
  expect(closed.rows).toEqual([
    [802, "1", 'say "a"\r\n'.repeat(800)],
    [803, "3", "4"],
  ]);
  // Each is looked at twice: once more for each line that follows would be a minute.
  const text = `"x,0\n${`${"y".repeat(1000)}""y,2\n`.repeat(900)}`;
  const { rows, problems } = await read(`a,b\n${text.repeat(40)}`);
  expect([rows, problems.length]).toEqual([[], 40 * 901]);
}, 10_000);

test("a row that is not UTF-8 is left out, and a header refused, with what to do", async () => {
  const { rows, problems } = await read(Buffer.from("a,b\nZ\xfcrich,1\nrome,2\n", "latin1"));
  expect([rows, problems]).toEqual([[[3, "rome", "2"]], [[2, "it is not UTF-8"]]]);
  await expect(read(Buffer.from("gr\xf6\xdfe,b\n1,1\n", "latin1"))).rejects.toThrow(
    "the table, line 1: it is not UTF-8. Make it UTF-8: iconv -f WINDOWS-1252 -t UTF-8 FILE.",
  );
});
