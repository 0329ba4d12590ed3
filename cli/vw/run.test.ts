import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOptions } from "./options.ts";
import { runVw } from "./run.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-evaluate-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

function file(content: string | Buffer): string {
  const path = join(scratch, "input");
  writeFileSync(path, content);
  return path;
}
const run = async (content: string | Buffer, ...options: string[]) =>
  (await runVw(readOptions(["-d", file(content), "--strict", ...options]))).average;
const command = (input: Buffer | string, ...args: string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL("../edgewise.ts", import.meta.url)), ...args], {
    input,
    encoding: "utf8",
  });

/** More than one chunk, with lines across the cuts. */
const long = Array.from({ length: 20_000 }, (_, i) => `${i % 2} |f x${i % 7} y:${i % 5} z\r\n`).join("");

describe("runVw", () => {
  test("reads gzip as it reads text", async () => {
    const plain = await run(long);
    const packed = await run(gzipSync(long));
    expect(plain.count).toBe(20_000);
    expect(packed).toEqual(plain);
    expect(packed.value).toBe(plain.value);
  });

  test("tells how much of the file was read", async () => {
    let read = 0;
    await runVw(readOptions(["-d", file(long)]), (bytes) => {
      read += bytes;
    });
    expect(read).toBe(long.length);
  });

  test.each([
    ["1 |f a\n\nx |f b\n", [], /input, line 3: label "x" is not a number$/],
    ["0:1:0.5 |a\n1:1:0.5 |a\n\n", ["--cb_explore_adf"], /input, line 3: only one action's cost can be known$/],
    ["shared |a\n\n", ["--cb_explore_adf"], /input, line 2: an event has a shared line but no action$/],
    ["|a x\nshared |a\n\n", ["--cb_explore_adf"], /input, line 2: the shared line must be the first of its event$/],
    ["3:1:0.5 | a\n", ["--cb_explore", "2"], /input, line 1: there is no action 3: actions are 1 to 2$/],
    [
      "ccb action |a\n\n",
      ["--ccb_explore_adf"],
      /input, line 2: a decision of several slots begins with "ccb shared"$/,
    ],
    ["shared |a\n\n", ["--ccb_explore_adf"], /line 1: a line of a decision of several slots begins with/],
    ["ccb shared |\nccb slot 1:2 |\n", ["--ccb_explore_adf"], /line 2: what became of a slot is "action:cost:prob/],
    ["ccb shared |\nccb slot |\n\n", ["--ccb_explore_adf"], /line 3: 1 slots cannot be filled with 0 actions$/],
    ["x | a\n", ["--oaa", "2"], /input, line 1: class "x" is not a whole number$/],
    ["1:x | a\n\n", ["--cbify_ldf"], /input, line 1: cost "x" is not a number$/],
    ['{"f":1}\nx', ["--json"], /input, line 2: it is not JSON/],
    ['{"c":{}}', ["--dsjson", "--cb_explore_adf"], /input, line 1: a decision needs a list of actions/],
    ["1e20 | a", [], /input, line 1: label .* is not a number of at most/],
    ['{"c":{"_multi":[{}]}}', ["--cb_explore_adf"], /the file looks like dsjson: give --dsjson$/],
    ['{"_label":1,"f":1}', [], /the file looks like json: give --json$/],
    ["action,reward,propensity\n0,1,.5", [], /the file looks like a table of decisions/],
    ['[{"f":1}]', ["--json"], /the file is a JSON array/],
    ["| a", ["--cb_explore", "2", "--bag", "4", "-b", "2"], /a table of 2\^2 has no room for 4 models/],
  ])("%j is refused with the number of its line", async (content, options, message) => {
    await expect(run(content, ...options)).rejects.toThrow(message);
  });

  test("what is wrong with an event spoils none but it, and probabilities above 1 are told", async () => {
    const wrong = "0:1:0.5 |a\n0:1:0.5 |a\n\n0:1:0.5 |a\nshared |s\n|a\n\n";
    const right = "0:1:80 |a x\n|a y\n\n";
    const result = await runVw(
      readOptions(["-d", file(`${wrong}${right}${right}`), "--cb_explore_adf", "--noconstant"]),
    );
    expect(result.average.count).toBe(2);
    expect(result.notes).toEqual([
      expect.stringMatching(/^2 lines cannot be used and are left out: .* line 3: only one .* line 5: the shared line/),
      expect.stringMatching(
        /^2 lines are read .* line 10: the probability 80 is above 1, and counts as 1 \(as in VW\)/,
      ),
    ]);
    const slots = "ccb shared |\nccb slot |\n\nccb shared |\nccb action |a\nccb slot 0:1:0.5 |\n\n";
    expect((await runVw(readOptions(["-d", file(slots), "--ccb_explore_adf"]))).average.count).toBe(1);
  });

  test("a decimal comma is read as in VW, and named; JSON that is not UTF-8 is no line", async () => {
    const { average, notes } = await runVw(readOptions(["-d", file("1 |a x:1,5 y\n1 |a x:1\n")]));
    expect(average.value).toBe((await run("1 |a x:1\n1 |a x:1\n")).value);
    expect(notes[0]).toMatch(/"x:1,5" has a decimal comma, where VW's text has a point: it is read as 1, and what/);
    const latin = Buffer.from('{"_label":1,"city":"Z\xfcrich"}\n', "latin1");
    await expect(run(latin, "--json")).rejects.toThrow(/line 1: it is not UTF-8\. .* iconv/);
  });

  test("a file that is missing or broken is refused by name", async () => {
    await expect(runVw(readOptions(["-d", join(scratch, "none")]))).rejects.toThrow(/none cannot be read: ENOENT/);
    await expect(run(gzipSync(long).subarray(0, 500))).rejects.toThrow(/input cannot be read: unexpected end of file/);
  });

  test.each([
    // Three passes of two examples, without any held out.
    ["1 |f a\n0 |f b\n", ["-c", "--passes", "3", "--holdout_off"], 6, null],
    // Of ten the tenth is held out, in each of two passes.
    ["1 |f a\n".repeat(10), ["-c", "--passes", "2"], 18, "least"],
    ["1 |f a\n".repeat(10), ["--holdout_after", "4"], 4, "least"],
    // After the second pass nothing gets better: one more is read.
    ["0 |f a\n".repeat(10), ["-c", "--passes", "9", "--early_terminate", "1"], 18, 0],
    ["1 |f a\n".repeat(3), ["-t"], 3, null],
  ])("%j %j", async (content, options, count, heldOut) => {
    const result = await runVw(readOptions(["-d", file(content), "--noconstant", ...options]));
    expect(result.average.count).toBe(count);
    if (heldOut === "least") expect(result.heldOut).toBeLessThan(0.2);
    else expect(result.heldOut).toBe(heldOut);
    if (options.includes("-t")) expect(result.average.value).toBe(1);
  });

  test("what is held out is learned of events, and only told apart", async () => {
    const event = "0:1:0.5 |a x\n|a y\n\n";
    const options = ["--cb_explore_adf", "--noconstant", "--holdout_after", "1", "--epsilon", "0.1"];
    const { average, heldOut } = await runVw(readOptions(["-d", file(event.repeat(3)), ...options]));
    expect([average.count, average.value, heldOut]).toEqual([2, expect.closeTo(0.55), expect.closeTo(0.1)]);
  });

  test("nothing gives no loss", async () => {
    expect((await run("")).value).toBeNaN();
    expect((await run(" |f a\n")).count).toBe(1);
  });

  test("learns every combination of learners, cost types and exploration, also of an event with one action", async () => {
    const events =
      `shared |s u\n0:1:0.5 |a x\n|a y\n\n0:-1:1 |a x\n\n|a z\n|a z\n\nshared |s v\n|a x\n0:0:0.25 |a y\n\n`.repeat(20);
    const explorations = [
      "",
      "--epsilon 0.2",
      "--softmax --lambda 3 --epsilon 0.1",
      "--first 5",
      "--bag 3",
      "--cover 3",
    ];
    const learners = ["", "--sgd --l1 0.01", "--adaptive --l2 0.01", "--ftrl --l1 0.1", "--coin", "--power_t 0.3"];
    for (const exploration of explorations)
      for (const costType of ["ips", "dr", "mtr"])
        for (const learner of learners) {
          const line = `--cb_explore_adf -q :: -b 12 --cb_type ${costType} ${exploration} ${learner}`;
          const { value, count } = await run(events, ...line.split(" ").filter(Boolean));
          expect(count).toBe(80);
          expect(Math.abs(value)).toBeLessThan(2);
        }
  });
});

describe("edgewise vw", () => {
  test("takes a pipe and ends with VW's line", () => {
    const { stdout, stderr, status } = command(gzipSync("1 |f a\n0 |f b\n"), "vw", "-d", "/dev/stdin", "--noconstant");
    expect(stdout).toBe("number of examples = 2\naverage loss = 0.500000\n");
    expect([stderr, status]).toEqual(["", 0]);
    expect(command("", "vw").stdout).toContain("average loss = n.a.");
  });

  test("says what is wrong in one line, and fails", () => {
    const bad = command("x |f a\n", "vw", "--noconstant");
    expect(bad.stderr.trim()).toBe('standard input, line 1: label "x" is not a number');
    expect(bad.status).toBe(1);
    expect(command("", "vw", "--lda", "3").stderr).toMatch(/^--lda is not an option/);
    expect(command("", "vv").stderr).toMatch(/^There is no command "vv"/);
    expect(command("", "vw", "--help").stdout).toMatch(/^edgewise vw -d FILE/);
  });
});
