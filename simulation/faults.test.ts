import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { FAULTS_ON_PURPOSE } from "./faults-on-purpose.ts";

/** In a process of its own, since the simulated platform takes the place of clock, timers and chance. @returns what it printed, line by line. */
async function simulate(...args: string[]): Promise<{ failed: boolean; lines: string[] }> {
  const script = new URL("./faults.ts", import.meta.url).pathname;
  const { stdout, failed } = await promisify(execFile)(process.execPath, [script, ...args], { maxBuffer: 1e8 }).then(
    (output) => ({ ...output, failed: false }),
    (error: { stdout: string; code: unknown }) => {
      if (error.code !== 1 || !error.stdout.includes("to repeat it")) throw error;
      return { ...error, failed: true };
    },
  );
  return { failed, lines: stdout.trim().split("\n") };
}

test("whatever fails, what was acknowledged is in the log once, and the weights are those of a calm run", async () => {
  const { failed, lines } = await simulate("--seed", "1000", "--seeds", "16", "--steps", "600");
  expect(lines).toHaveLength(1);
  expect(failed).toBe(false);
  const { seeds, points, crashes, faults, records, examples, archived, erased } = JSON.parse(lines[0]!);
  expect(seeds).toBe(16);
  expect(points).toBeGreaterThanOrEqual(16 * 600);
  // Something did go wrong, and something was learned all the same.
  for (const some of [crashes, faults, records, examples, archived]) expect(some).toBeGreaterThan(100);
  expect(erased).toBeGreaterThan(0);
});

test("a registry that was woken by no alarm in time, since its clock was ahead, goes on at a heartbeat", async () => {
  const { failed, lines } = await simulate("--seed", "30522", "--steps", "1000");
  expect(lines).toHaveLength(1);
  expect(failed).toBe(false);
});

test("a seed is the same world whenever it is simulated", async () => {
  const alone = await simulate("--seed", "1002", "--steps", "500", "--trace");
  const again = await simulate("--seed", "1002", "--steps", "500", "--trace");
  const after = await simulate("--seed", "1001", "--seeds", "2", "--steps", "500");
  // The sum at the end has how long it took.
  expect(again.lines.slice(0, -1)).toEqual(alone.lines.slice(0, -1));
  expect(alone.lines.length).toBeGreaterThan(500);
  expect(JSON.parse(after.lines.at(-1)!).hashes).toEqual(JSON.parse(alone.lines.at(-1)!).hashes);
});

test.each(Object.entries(FAULTS_ON_PURPOSE))("%s, put in on purpose, is found", async (fault, { seed }) => {
  const { failed, lines } = await simulate(
    "--seed",
    `${seed}`,
    "--seeds",
    "60",
    "--steps",
    "600",
    "--fault",
    fault,
    "--quick",
  );
  expect(failed).toBe(true);
  expect(lines[0]).toMatch(/^seed \d+ fails, after [\d.]+ s and \d+ points:$/);
});

test("combinations of two troubles end as they must, and operators are told", async () => {
  const { failed, lines } = await simulate("--combinations", "--seed", "3");
  const results = lines.map((line) => JSON.parse(line) as { combination: string; violations: string[] });
  expect(results.filter(({ violations }) => violations.length > 0)).toEqual([]);
  expect(results).toHaveLength(22);
  expect(failed).toBe(false);
  // Each has its world, and its calm: for a busy machine.
}, 300_000);
