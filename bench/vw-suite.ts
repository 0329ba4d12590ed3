import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readOptions } from "../cli/vw/options.ts";
import { runVw } from "../cli/vw/run.ts";

/**
 * Runs command lines of Vowpal Wabbit's own suite, with what VW prints for them, and tells which rows agree, which differ, and which are refused.
 * The table lies beside the repository: tab-separated file, options, average loss.
 *
 *     npm run check:vw-suite [-- TABLE]
 */

const DATA = fileURLToPath(new URL("../../shared/data/vw/", import.meta.url));
/** What VW prints has six decimals, and moves by so much with the processor's square root. */
const PRINTED = 1.01e-6;
const TOLERANCE = 5e-4;

const table = process.argv[2] ?? `${DATA}suite.tsv`;
if (!existsSync(table)) {
  console.log(`${table} is not there: nothing to compare with.`);
  process.exit(0);
}
const [, ...rows] = readFileSync(table, "utf8").trim().split("\n");
let [agreeing, differing, refused] = [0, 0, 0];
for (const row of rows) {
  const [file, options, loss] = row.split("\t") as [string, string, string];
  const name = `${file} ${options}`;
  try {
    const { average, heldOut } = await runVw(readOptions(["-d", pathOf(file), ...options.split(" ").filter(Boolean)]));
    const printed = `${(heldOut ?? average.value).toFixed(6)}${heldOut === null ? "" : " h"}`;
    if (agrees(printed, loss)) agreeing++;
    else {
      differing++;
      console.log(`differs: ${name}: ${printed}, VW ${loss}`);
    }
  } catch (error) {
    refused++;
    console.log(`refused: ${name}: ${(error as Error).message.replace(/ It supports: .*/s, "")}`);
  }
}
console.log(`${agreeing} of ${rows.length} rows agree, ${differing} differ, ${refused} are refused`);

function pathOf(file: string): string {
  return [`${DATA}suite/${file}`, `${DATA}${file}`].find((path) => existsSync(path)) ?? file;
}

function agrees(printed: string, expected: string): boolean {
  const [ours, theirs] = [printed, expected].map((text) => Number(text.replace(/ h$/, "")));
  return (
    printed.endsWith("h") === expected.endsWith("h") &&
    Math.abs(ours! - theirs!) <= Math.max(PRINTED, TOLERANCE * Math.abs(theirs!))
  );
}
