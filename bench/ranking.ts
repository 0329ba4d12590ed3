import { parseArgs } from "node:util";
import { bagging, epsilonGreedy, softmax } from "../shared/contract/define.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import type { Contestant } from "./ranking/contestant.ts";
import { cellsOf, measure } from "./ranking/measure.ts";
import { ours } from "./ranking/ours.ts";
import { asContestant } from "./ranking/references/as-contestant.ts";
import { referencesFor } from "./ranking/references/references.ts";
import type { World } from "./ranking/world.ts";
import { HELD_OUT, WORLDS } from "./ranking/worlds/worlds.ts";

/**
 * `node bench/ranking.ts [--seeds N] [--world NAME ...] [--held-out] [--choosing] [--without-references] [--policies]`: what the default policy and learner,
 * with nothing set, do in worlds whose truth is known, and what methods of the literature do there.
 *
 * Measured on seeds from 101 on; constants are chosen on those from 1 on (`--choosing`), and on the worlds that are not held out.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "8" },
    world: { type: "string", multiple: true, default: [] },
    "held-out": { type: "boolean", default: false },
    choosing: { type: "boolean", default: false },
    "without-references": { type: "boolean", default: false },
    policies: { type: "boolean", default: false },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + (values.choosing ? 1 : 101));
const wanted = (world: World) => values.world.length === 0 || values.world.some((name) => world.name.startsWith(name));
const worlds = (values["held-out"] ? HELD_OUT : WORLDS).filter(wanted);
if (worlds.length === 0) throw new Error(`no world is called ${values.world.join(" or ")}`);

const OTHERS: Contestant[] = [
  ours("epsilonGreedy(.05)", { policy: epsilonGreedy({ epsilon: 0.05 }) }),
  ours("bagging", { policy: bagging() }),
  ours("softmax", { policy: softmax() }),
];

/** Means over the seeds, one a cell. */
function meansOf(world: World, contestant: Contestant): { mean: number; error: number }[] {
  const runs = seeds.map((seed) => measure(world, contestant, seed));
  return runs[0]!.map((_, cell) => {
    const of = runs.map((run) => run[cell]!);
    const mean = of.reduce((a, b) => a + b, 0) / of.length;
    const squares = of.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    return { mean, error: of.length > 1 ? Math.sqrt(squares / (of.length - 1) / of.length) : Number.NaN };
  });
}

const table: string[][] = [];
for (const world of worlds) {
  const started = performance.now();
  const contestants = [ours("default"), ...(values.policies ? OTHERS : [])];
  const results = contestants.map((one) => ({ name: one.name, cells: meansOf(world, one) }));
  const references = values["without-references"]
    ? []
    : referencesFor(world).map((one) => ({ name: one.name, cells: meansOf(world, asContestant(one)) }));
  const lowest = world.question.kind === "cold";
  cellsOf(world).forEach((cell, i) => {
    const best = references.toSorted((a, b) => (lowest ? 1 : -1) * (a.cells[i]!.mean - b.cells[i]!.mean))[0];
    for (const { name, cells } of results)
      table.push([
        `${world.name}, ${cell}`,
        name,
        cells[i]!.mean.toFixed(3),
        cells[i]!.error.toFixed(3),
        best ? best.cells[i]!.mean.toFixed(3) : "",
        best ? best.name : "",
        best ? (cells[i]!.mean / best.cells[i]!.mean).toFixed(2) : "",
      ]);
  });
  console.error(`${world.name}: ${Math.round((performance.now() - started) / 1000)} s`);
}
console.log(`${machine()}, seeds ${seeds[0]} to ${seeds.at(-1)}`);
console.log(markdownTable(["what", "ours", "mean", "standard error", "best reference", "which", "of it"], table));
