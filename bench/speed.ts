import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { readLines } from "../cli/files/lines.ts";
import { cache } from "../cli/vw/cache.ts";
import { readOptions } from "../cli/vw/options.ts";
import { readExamples, runVw } from "../cli/vw/run.ts";
import { interleaved, type Timed } from "./interleaved.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { writeEvents, writeShuffled } from "./speed/data.ts";
import { featuresOf, PASS, suite } from "./speed/suite.ts";
import { inWorkerd } from "./workerd.ts";

/**
 * `node bench/speed.ts`: how fast the learners are, alone and from a file, for examples of text classification and for decisions
 * among 20 actions. What it reads is beside the repository, in `../shared/data/vw`.
 */

/** What VW did on one core of a machine of this kind: `vw/README.md`. */
const VW = { parsed: 1_500_000, text: 87_200, cache: 298_100, banditText: 19_150, banditCache: 18_900 };
const ROUNDS = 5;
/** Features of an event: 20 actions of 10 own, 10 shared, 100 of `-q SA`, and the constant. */
const BANDIT_FEATURES = 20 * 121;
/** Of a pass, what stays in memory: workerd takes no larger file. */
const PART = 10;
/** What `npx edgewise` starts. */
const START = join(import.meta.dirname, "../cli/start.js");

/** In time of the processor, of all threads: what is measured must not depend on who else is busy. */
const timed =
  (run: () => Promise<unknown> | unknown): Timed =>
  async (n) => {
    const started = process.cpuUsage();
    for (let i = 0; i < n; i++) await run();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };

/** The same of `edgewise vw`: all of a process, with its start, its compiler and its collector of garbage, on one core. */
const command =
  (args: readonly string[]): Timed =>
  async (n) => {
    let ms = 0;
    for (let i = 0; i < n; i++) {
      const script = `TIMEFORMAT="%U %S"; time taskset -c 0 "$@" > ${devNull}`;
      const { stderr } = spawnSync("bash", ["-c", script, "bash", process.execPath, START, "vw", ...args]);
      const [user, system] = stderr.toString().trim().split(" ").map(Number);
      ms += 1000 * (user! + system!);
    }
    return ms;
  };

const scratch = mkdtempSync(join(tmpdir(), "edgewise-speed-"));
try {
  const file = (name: string) => join(scratch, name);
  const simpleArgs = (name: string) => ["-d", file(name), "--loss_function", "logistic"];
  const banditArgs = (name: string) => ["-d", file(name), "--cb_explore_adf", "-q", "SA"];
  const simple = (name: string) => readOptions(simpleArgs(name));
  const bandit = (name: string) => readOptions(banditArgs(name));
  await writeShuffled(file("part"), PASS / 1000 / PART);
  await writeShuffled(file("text"), PASS / 1000);
  writeEvents(file("events"), PASS);
  await cache([file("part.cache"), "-d", file("part")]);
  await cache([file("text.cache"), "-d", file("text")]);
  await cache([file("events.cache"), "-d", file("events"), "--cb_explore_adf"]);
  const part = readFileSync(file("part.cache"));
  const features = featuresOf(part);

  const nothing = { example() {}, event() {} };
  const workerd = await inWorkerd({
    worker: join(import.meta.dirname, "speed/workerd-worker.ts"),
    data: { CACHE: part },
    compatibilityFlags: ["nodejs_compat"],
  });
  const within = (place: string, cases: Record<string, Timed>) =>
    Object.entries(cases).map(([name, run]): [string, Timed] => [`${place}, ${name}`, run]);
  const node = Object.entries(suite(part)).map(([name, run]): [string, Timed] => [name, timed(() => run(1))]);
  const times = await interleaved(
    {
      ...Object.fromEntries(within("Node", Object.fromEntries(node))),
      ...Object.fromEntries(within("workerd", workerd.cases)),
      "text file: lines": timed(() =>
        readLines(
          file("text"),
          () => {},
          () => {},
        ),
      ),
      "text file: lines, parsed": timed(() => readExamples(simple("text"), nothing)),
      "text file: all": timed(() => runVw(simple("text"))),
      "cache file: parsed": timed(() => readExamples(simple("text.cache"), nothing)),
      "cache file: all": timed(() => runVw(simple("text.cache"))),
      "events, text file: lines, parsed": timed(() => readExamples(bandit("events"), nothing)),
      "events, text file: all": timed(() => runVw(bandit("events"))),
      "events, cache file: parsed": timed(() => readExamples(bandit("events.cache"), nothing)),
      "events, cache file: all": timed(() => runVw(bandit("events.cache"))),
      "process, one core: text file": command(simpleArgs("text")),
      "process, one core: cache file": command(simpleArgs("text.cache")),
      "events, process, one core: text file": command(banditArgs("events")),
      "events, process, one core: cache file": command(banditArgs("events.cache")),
    },
    // A repetition is a whole pass; the first one is the warm-up.
    { rounds: ROUNDS, batchMs: 1, first: 1 },
  );
  await workerd.close();

  const elsewhere: Record<string, number> = {
    "Node, parsed: AdaptiveLearner": VW.parsed,
    "workerd, parsed: AdaptiveLearner": VW.parsed,
    "text file: all": VW.text,
    "cache file: all": VW.cache,
    "workerd, cache in memory: AdaptiveLearner": VW.cache,
    "events, text file: all": VW.banditText,
    "events, cache file: all": VW.banditCache,
    "process, one core: text file": VW.text,
    "process, one core: cache file": VW.cache,
    "events, process, one core: text file": VW.banditText,
    "events, process, one core: cache file": VW.banditCache,
  };
  const reference = times["Node, parsed: plain AdaGrad"]!;
  const rows = Object.entries(times).map(([name, microseconds]) => {
    const perSecond = (1e6 * PASS) / microseconds;
    const perFeature = name.startsWith("events") ? BANDIT_FEATURES : features / PASS;
    const vw = elsewhere[name];
    return [
      name,
      Math.round(perSecond).toLocaleString("en"),
      ((perSecond * perFeature) / 1e6).toFixed(1),
      (reference / microseconds / (name.startsWith("events") ? features / PASS / BANDIT_FEATURES : 1)).toFixed(2),
      vw === undefined ? "" : `${vw.toLocaleString("en")} (${(perSecond / vw).toFixed(2)})`,
    ];
  });
  console.log(`\n${machine()}; ${(features / PASS).toFixed(1)} features an example, ${BANDIT_FEATURES} an event\n`);
  console.log(
    markdownTable(
      [
        "",
        "examples or events/s",
        "million features/s",
        "a feature, against plain AdaGrad",
        "VW, measured elsewhere (ours over it)",
      ],
      rows,
    ),
  );
} finally {
  rmSync(scratch, { recursive: true });
}
