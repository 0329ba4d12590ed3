import * as ort from "onnxruntime-web/wasm";
import { homeHeroGraph } from "../models/home-hero/graph.ts";
import type { OnnxRuntime } from "../shared/heads/onnx-runtime.ts";
import { CASES, prepare } from "./claims/suite.ts";
import { interleaved, type Timed } from "./interleaved.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { ACTIONS } from "./scoring/suite.ts";

/**
 * `node bench/claims.ts`: what it costs to decide a page's decision again, against parsing it and checking its schema. Time of the processor, in Node, so that
 * it can be taken on a busy machine.
 */

ort.env.wasm.numThreads = 1;
const suite = await prepare(ort as unknown as OnnxRuntime, homeHeroGraph());
const times = await interleaved(
  Object.fromEntries(
    Object.entries(suite).map(([name, run]): [string, Timed] => [
      name,
      async (n) => {
        const started = process.cpuUsage();
        await run(n);
        const { user, system } = process.cpuUsage(started);
        return (user + system) / 1000;
      },
    ]),
  ),
);
console.log(`\n${machine()}, microseconds a decision of home-hero, and in parentheses the ratio to parse and schema\n`);
console.log(
  markdownTable(
    ["", ...ACTIONS.map((count) => `${count} ${count === 1 ? "action" : "actions"}`)],
    CASES.map((name) => [
      name,
      ...ACTIONS.map((count) => {
        const time = times[`${name}/${count}`]!;
        return `${time.toFixed(0)} (${(time / times[`${CASES[0]}/${count}`]!).toFixed(2)})`;
      }),
    ]),
  ),
);
