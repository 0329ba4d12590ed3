/**
 * Does drift that trainers watch say anything where nothing changes, how soon does it say what does, and what does watching an example cost? Prints what was said of each stationary stream (conformance/drift-streams.ts), how many
 * examples after a change each kind was said, and the time of an example with and without.
 *
 *     node bench/drift.ts [n = 20000] [seeds = 1]
 */
import { parseArgs } from "node:util";
import {
  type DriftStream,
  driftsOf,
  predicts,
  ranks,
  runStream,
  stationary,
  type World,
} from "../conformance/drift-streams.ts";
import { type Drift, DriftWatch } from "../shared/evaluation/drift/drift-watch.ts";
import type { LearnedExample } from "../shared/versions/learn-example.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { interleaved } from "./interleaved.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const [n = 20_000, seeds = 1] = positionals.map(Number);
const SETTLED = 6000;

const said = ({ of, feature, from, to, after }: Drift & { after: number }) =>
  `${of}${feature === null ? "" : ` ${feature}`} at ${after} from ${from} to ${to}`;

console.log(`Said of ${stationary.length} streams of ${n} in which nothing changes, ${seeds} seeds:`);
let alarms = 0;
for (const stream of stationary)
  for (let seed = 1; seed <= seeds; seed++)
    for (const drift of driftsOf(stream, n, seed)) {
      alarms++;
      console.log(`  ${stream.name}, seed ${seed}: ${said(drift)}`);
    }
console.log(`  ${alarms} in all`);

const changes: [string, Partial<World>, Partial<World>, Drift["of"]][] = [
  ["rate from 4 % to 1 %", { rate: 0.04 }, { rate: 0.01 }, "reward"],
  ["a device is missing in 20 %", {}, { withoutDevice: 0.2 }, "feature"],
  ["a field appears in 30 %", {}, { withPromo: 0.3 }, "feature"],
  ["a number was constant", {}, { currency: 2 }, "feature"],
  ["visitors are 15 years older", {}, { older: 15 }, "feature"],
  ["what comes hangs on nothing any more, rate 40 %", { rate: 0.4 }, { rate: 0.4, isBlind: true }, "loss"],
];
console.log(`\nExamples until it is said, of a change after ${SETTLED} (predict; rank), seeds 1 to 3:`);
for (const [name, before, after, of] of changes) {
  const of3 = (spec: DriftStream["spec"]) =>
    [1, 2, 3].map((seed) => {
      const world = (i: number) => (i < SETTLED ? before : after);
      const found = driftsOf({ name, spec, inSession: 0, world }, SETTLED + 6000, seed);
      const first = found.find((drift) => drift.of === of && drift.after >= SETTLED);
      return first === undefined ? "not" : String(first.after - SETTLED);
    });
  console.log(`  ${name}: ${of3(predicts()).join(", ")}; ${of3(ranks()).join(", ")}`);
}

/** What an example costs, learned alone, and watched alone. */
for (const stream of [stationary[1]!, stationary[10]!]) {
  const examples: (LearnedExample & { text: string })[] = [];
  runStream(stream, 4000, 1, (learned) => examples.push({ ...learned, text: JSON.stringify(learned.record) }));
  const watch = new DriftWatch(stream.spec);
  const timed = (work: (example: (typeof examples)[number]) => void) => async (times: number) => {
    const started = performance.now();
    for (let i = 0; i < times; i++) work(examples[i % examples.length]!);
    return performance.now() - started;
  };
  const learner = new ModelLearner(stream.spec);
  const times = await interleaved({
    "read and learn": timed(({ text, value }) => learner.learn(JSON.parse(text), value)),
    watch: timed((example) => watch.update(example)),
  });
  console.log(`\n${stream.name}:`, times, `bytes of what is watched: ${watch.state().length}`);
}
