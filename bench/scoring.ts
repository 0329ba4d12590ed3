import { homeHeroGraph } from "../models/home-hero/graph.ts";
import { interleaved } from "./interleaved.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { inChromium } from "./scoring/chromium.ts";
import { inNode } from "./scoring/node.ts";
import { ACTIONS } from "./scoring/suite.ts";
import { scoringInWorkerd } from "./scoring/workerd.ts";

/** `npm run bench:scoring`: time to score, natively and in ONNX Runtime, by number of actions and by where. */

const graph = homeHeroGraph();
const times: Record<string, Record<string, number>> = {};
times.Node = await interleaved(await inNode(graph));
const workerd = await scoringInWorkerd(graph);
times.workerd = await interleaved(workerd.cases);
await workerd.close();
const chromium = await inChromium(graph);
times.Chromium = await interleaved(chromium.cases);
await chromium.close();

const places = Object.keys(times);
/** What each case is held against. */
const references: Record<string, string> = {
  "head, native": "head, bare session.run",
  "head, ONNX": "head, bare session.run",
  "head, bare session.run": "head, bare session.run",
  "graph, ONNX": "graph, bare session.run",
  "graph, bare session.run": "graph, bare session.run",
  "decision, native": "head, bare session.run",
  "decision, native, other session": "head, bare session.run",
  "decision with graph": "graph, bare session.run",
};
const rows = ACTIONS.flatMap((count) =>
  Object.entries(references).map(([name, reference]) => [
    `${name}, ${count} ${count === 1 ? "action" : "actions"}`,
    ...places.map((place) => {
      const time = times[place]![`${name}/${count}`]!;
      return `${microseconds(time)} (${(time / times[place]![`${reference}/${count}`]!).toFixed(2)})`;
    }),
  ]),
);
console.log(`\n${machine()}\n`);
console.log(
  "Microseconds, and in parentheses the ratio to the bare `session.run` of the same place and number of actions.\n",
);
console.log(markdownTable(["", ...places], rows));

function microseconds(time: number): string {
  return time < 10 ? time.toFixed(1) : time.toFixed(0);
}
