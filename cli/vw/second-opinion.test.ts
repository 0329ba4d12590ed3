import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOptions } from "./options.ts";
import { runVw } from "./run.ts";

/**
 * Inputs of our own with most of what the formats allow, and what a second implementation gives for them. It was written in C++ from the description
 * of VW's arithmetic alone, and gives all six digits of VW's own figures (conformance.test.ts) where these are exact.
 */
const INPUTS = {
  regression: [
    "1 |f a:0.5 b c:-2 |T x",
    "-1 2 'first|f a:3.25 b:0.125 |T y:1.5",
    "1 1 0.25 |f b:1e-1 c:7 |g:2 13 red :0.5",
    "0.5 |T x y:-0.75|f a:12.",
    "-1 |f c:0.0625 b b",
    " |f a b c",
    "1 0.5 |g 13:2 blue |f a:-1.5",
    "-1 |f a:0.5 b c:-2 |T y",
    "-1 0 |f a b:4",
    "1 |T x |g colour:red 13",
  ],
  actions: [
    "1:1:0.5 |f a b:2",
    "2:-0.5:0.25 |f b c:0.5 |T x",
    "3:0:1 |f a:-1 |T x y",
    " |f a",
    "1:2:0.125 |f b c |T y:3",
    "2:1:0.5 |f a b:2 |T x",
    "3:-1:0.75 |f c:0.25",
    "1:0.5:0.5 |f a b:2",
    "2:0:0.3 |T y |f c",
  ],
  events: [
    "shared |U young city:north",
    "|A news:0.5 x",
    "0:-1:0.25 |A sport y:2",
    "|A music",
    "",
    "shared |U old",
    "0:0.5:0.5 |A sport y",
    "|A news x:1.5",
    "",
    "|A music z",
    "|A sport",
    "0:2:0.2 |A news x",
    "",
    "shared |U young city:south",
    "|A music:3",
    "|A news",
    "",
    "shared |U old city:north",
    "1:-1:0.1 |A sport y:2",
    "0 |A music",
    "|A news:0.5 x",
    "|A film",
    "",
    "shared |U young",
    "0:0:1 |A film z:0.25",
  ],
};

const ROWS: [keyof typeof INPUTS, string, number, number][] = [
  ["regression", "", 10, 1.641537],
  ["regression", "--loss_function logistic", 10, 0.904509],
  ["regression", "--sgd -l 0.1", 10, 1.650104],
  ["regression", "--adaptive", 10, 2.264706],
  ["regression", "--normalized --power_t 0.7", 10, 2.264994],
  ["regression", "--adaptive --normalized -l 2 -q fT", 10, 2.047992],
  ["regression", "--power_t 0.3 --initial_t 2", 10, 1.900841],
  ["regression", "--noconstant -q :: --l1 0.01 --l2 0.001", 10, 1.446884],
  ["regression", "--ftrl -b 10 --loss_function logistic", 10, 1.031947],
  ["regression", "--invariant --adaptive --noconstant", 10, 1.811643],
  ["actions", "--cb_explore 3", 9, 0.234722],
  ["actions", "--cb_explore 3 --cb_type dr --epsilon 0.2 -q fT", 9, 0.313889],
  ["actions", "--cb_explore 3 --bag 4 --cb_type ips", 9, 0.333333],
  ["actions", "--cb_explore 3 --first 3 --cb_type dm --epsilon 0.1", 9, 0.148611],
  ["actions", "--cb 3 --cb_type dr --adaptive", 9, 0.375],
  ["actions", "--cb_explore 3 --softmax --lambda 4 --epsilon 0.3 --coin", 9, 0.733869],
  ["events", "--cb_explore_adf", 6, -1.963333],
  ["events", "--cb_explore_adf --squarecb --epsilon 0.25", 6, -0.578748],
  ["events", "--cb_explore_adf --softmax --lambda 5 --cb_type dr -q UA", 6, -0.218425],
  ["events", "--cb_explore_adf --bag 3 --cb_type dr --noconstant", 6, 1.166667],
  ["events", "--cb_explore_adf --cb_type ips --sgd -l 0.05 -q ::", 6, -0.063333],
  ["events", "--cb_explore_adf --first 2 --ftrl", 6, -2.166667],
];

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-vw-"));
  for (const [name, lines] of Object.entries(INPUTS)) writeFileSync(join(scratch, name), `${lines.join("\n")}\n`);
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

test.each(ROWS)("%s %s: %s examples, %s", async (input, options, examples, loss) => {
  const { average } = await runVw(readOptions(["-d", join(scratch, input), ...options.split(" ").filter(Boolean)]));
  expect(average.count).toBe(examples);
  expect(average.value.toPrecision(4)).toBe(loss.toPrecision(4));
});
