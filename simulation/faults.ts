import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { FAULTS_ON_PURPOSE } from "./faults-on-purpose.ts";
import { replaceBrowserGlobals } from "./platform/browser.ts";
import { replaceGlobals } from "./platform/globals.ts";
import { replaceModules } from "./platform/hooks.ts";
import { World } from "./platform/world.ts";
import { SCALED } from "./scaled.ts";

/**
 * `npm run simulate:faults -- [--seed N] [--seeds K] [--steps M] [--fault NAME] [--combinations] [--quick] [--trace]`: runs the edge's objects and the client's outbox on a simulated platform, K seeds from
 * N on, each with M points at which whoever is at work may be ended. Prints what was found, and ends with 1 when something was: which seed, how to repeat it, and which faults it needs.
 * `--fault` puts one in on purpose (simulation/faults-on-purpose.ts); `--combinations` tries the combinations of
 * simulation/troubles.ts instead. `--quick` does not look for which faults a failure needs; `--trace` prints all that happens.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    steps: { type: "string", default: "1000" },
    fault: { type: "string" },
    combinations: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
  },
});
const [seed, seeds, steps] = [values.seed, values.seeds, values.steps].map(Number) as [number, number, number];
if (![seed, seeds, steps].every((number) => Number.isSafeInteger(number) && number > 0))
  throw new Error("--seed, --seeds and --steps must be whole numbers from 1");
const fault = values.fault === undefined ? null : FAULTS_ON_PURPOSE[values.fault];
if (fault === undefined) throw new Error(`--fault must be one of ${Object.keys(FAULTS_ON_PURPOSE).join(", ")}`);

const clock = performance.now.bind(performance);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const bar = process.stderr.isTTY && seeds > 1 && !values.trace ? new SingleBar({ stopOnComplete: true }) : null;

World.current = new World(0);
replaceGlobals();
replaceBrowserGlobals();
replaceModules([...SCALED, ...(fault?.edits ?? [])]);
const { simulate } = await import("./simulate.ts");
const { minimal } = await import("./minimal.ts");

if (values.combinations) {
  const { COMBINATIONS, TROUBLES } = await import("./troubles.ts");
  for (const [first, second] of COMBINATIONS) {
    const troubles = [TROUBLES[first], TROUBLES[second]] as const;
    const { violations, said } = await simulate({ seed, steps, troubles, onTrace: values.trace ? print : null });
    for (const { lines } of troubles)
      if (lines.length > 0 && !lines.some((line) => said.includes(line as never)))
        violations.push(`nobody is told: none of the lines ${JSON.stringify(lines)} is written`);
    print(JSON.stringify({ combination: `${first} + ${second}`, said, violations }));
    if (violations.length > 0) process.exitCode = 1;
  }
  process.exit();
}

const began = clock();
const COUNTED = ["points", "crashes", "faults", "records", "examples", "setAside", "archived", "erased"] as const;
const sum = {
  seeds: 0,
  points: 0,
  crashes: 0,
  faults: 0,
  records: 0,
  examples: 0,
  setAside: 0,
  archived: 0,
  erased: 0,
};
const hashes: string[] = [];
bar?.start(seeds, 0);
for (let s = seed; s < seed + seeds; s++) {
  const options = { seed: s, steps, onTrace: values.trace ? print : null };
  const result = await simulate(options);
  sum.seeds++;
  for (const name of COUNTED) sum[name] += result[name];
  hashes.push(result.hash);
  bar?.increment();
  if (result.violations.length === 0) continue;
  bar?.stop();
  const seconds = ((clock() - began) / 1000).toFixed(1);
  print(`seed ${s} fails, after ${seconds} s and ${sum.points} points:`);
  for (const violation of result.violations.slice(0, 10)) print(`  ${violation.slice(0, 1000)}`);
  const how = ["--seed", s, "--steps", steps, ...(values.fault === undefined ? [] : ["--fault", values.fault])].join(
    " ",
  );
  print(`to repeat it: npm run simulate:faults -- ${how} --trace`);
  process.exitCode = 1;
  if (values.quick) break;
  const least = await minimal(simulate, result, { seed: s, steps });
  print(`of its ${result.injected.length} faults it needs no more than these ${least.injected.length}:`);
  for (const { at, what } of least.injected) print(`  ${(at / 1000).toFixed(3)} s: ${what}`);
  for (const violation of least.violations.slice(0, 3)) print(`  then ${violation.slice(0, 300)}`);
  break;
}
const seconds = (clock() - began) / 1000;
print(
  JSON.stringify({
    ...sum,
    seconds: Number(seconds.toFixed(1)),
    pointsPerSecond: Math.round(sum.points / seconds),
    hashes: hashes.slice(-1),
  }),
);
