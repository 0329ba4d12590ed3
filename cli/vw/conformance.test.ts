import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../conformance/random.ts";
import { policies } from "../../shared/policies/all-policies.ts";
import { readOptions } from "./options.ts";
import { runVw } from "./run.ts";

/** What VW prints for the inputs that lie beside the repository, and what it must print for a few that are written here. */
const DATA = fileURLToPath(new URL("../../../shared/data/vw/", import.meta.url));

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-vw-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const run = async (file: string, options: string) =>
  (await runVw(readOptions(["-d", file, ...options.split(" ").filter(Boolean)]))).average;

describe("small inputs, worked out by hand", () => {
  const decision = (cost: number, at: number) =>
    JSON.stringify({
      _label_cost: cost,
      _label_probability: 0.5,
      _labelIndex: at,
      c: { User: { age: 3 }, _multi: [{ a: { x: 1 } }, { a: { y: 1 } }] },
    });

  const slots = (first: string, second: string) =>
    `ccb shared |u x\nccb action |a p\nccb action |a q\nccb slot ${first}|s k\nccb slot ${second}|s l\n\n`;
  const slotsOfJson = (outcomes: object[], ...of: object[]) =>
    JSON.stringify({ c: { u: { x: 1 }, _multi: [{ a: 1 }, { b: 1 }], _slots: of }, _outcomes: outcomes });

  test.each([
    // The first prediction is 0; an unlabelled line only counts as an example.
    ["1 |f a\n |f a\n", "", 2, 1],
    // Importance weighs the loss: (2 * 1 + 1 * 0) / 3.
    ["1 2 |f a\n0 |f b\n", "--noconstant", 2, 2 / 3],
    // The third number is where the prediction starts; what follows with a quote is a tag.
    ["3 1 2 'tag|f a\n", "", 1, 1],
    // Coin betting does not look at it (VW 9.11.2 prints 1).
    ["-1 2 -1.26 |f a\n", "--coin", 1, 1],
    ["1 |f a\n", "--loss_function logistic", 1, Math.LN2],
    // What labels are between may be said: 3 is as good as 1 there.
    ["3 |f a\n", "--loss_function logistic --logistic_min 1 --logistic_max 3", 1, Math.LN2],
    ["1 |f a\n", "--loss_function quantile --quantile_tau 0.3", 1, 0.3],
    ["1 |f a\n-1 |g a\n", "--loss_function expectile --expectile_q 0.25 --noconstant", 2, (0.75 + 0.25) / 2],
    // The deviance of a mean of 1 from a count of 3.
    ["3 |f a\n", "--loss_function poisson", 1, 2 * (3 * Math.log(3 + 1e-6) - 2)],
    ["1 |f a\n1 |f a\n", "--loss_function classic --sgd -l 0.5 --noconstant", 2, (1 + (1 - Math.SQRT1_2) ** 2) / 2],
    // Predictions within bounds, whatever the labels are; weights that begin at a number.
    ["3 |f a\n", "--min_prediction 0 --max_prediction 1 --initial_weight 2", 1, 4],
    ["3 |f a\n", "--constant 2", 1, 1],
    // 0 is half of each label.
    ["0 |f a\n", "--loss_function logistic", 1, Math.LN2],
    ["1 |f a\n", "--loss_function hinge", 1, 1],
    // The sign of 0 is that of -1.
    ["1 |f a\n1 |f a\n", "--loss_function hinge --binary", 2, 0.5],
    // One step of 2 * 0.5 / sqrt(1 + 1) leaves an error of 1 - 1 / sqrt(2).
    ["1 |f a\n1 |f a\n", "--sgd -l 0.5 --noconstant", 2, (1 + (1 - Math.SQRT1_2) ** 2) / 2],
    // Nothing is known, so both actions are as good: cost 1 at probability 1/2, taken with probability 1/2.
    ["0:1:0.5 |a x\n|a y\n\n", "--cb_explore_adf", 1, 1],
    // Then action 2 is better by far, and epsilon is left for action 1: (1 + 0.1 / 2 / 0.5) / 2.
    ["0:1:0.5 |a x\n|a y\n\n0:1:0.5 |a x\n|a y\n", "--cb_explore_adf --noconstant --epsilon 0.1", 2, 0.55],
    ["1:1:0.5 | x\n2:0:0.5 | x\n", "--cb_explore 2 --first 1", 2, 0.5],
    // Of two actions each has a half in the first slot, and the second slot takes what is left.
    [slots("0:1:0.5 ", "1:2:0.5 "), "--ccb_explore_adf", 1, 1],
    [slots("0:1:0.5 ", "1:2:0.5 "), "--ccb_explore_adf --all_slots_loss", 1, 5],
    [slots("0:1:0.5,1:0.5 0 ", "1:2:0.5 "), "--ccb_explore_adf --epsilon 0", 1, 2],
    // What nothing is known of is only counted; what the first slot takes is no choice of the second any more.
    [slots("", "") + slots("1:1:0.5 ", "0,1 "), "--ccb_explore_adf", 2, 1],
    [slots("0:1:0.5 ", "0:1:0.5 "), "--ccb_explore_adf --all_slots_loss -t", 1, 1],
    [slotsOfJson([{ _label_cost: 1, _a: [1, 0], _p: [0.5, 0.5] }], {}, {}), "--dsjson --ccb_explore_adf", 1, 1],
    [slotsOfJson([{ _label_cost: 1, _a: 1, _p: 1 }], { _inc: [1] }), "--dsjson --ccb_explore_adf", 1, 1],
    [
      `${slotsOfJson([], {})}\n${slotsOfJson([{ _label_cost: 1, _a: [0], _p: [1] }], {})}`,
      "--dsjson --ccb_explore_adf",
      1,
      0.5,
    ],
    // A decision without slots has one.
    [`{"_label_Action":1,${decision(-1, 0).slice(1)}`, "--json --ccb_explore_adf", 1, -1],
    // Of two that are tied the first has all; nothing is known of costs, so all of them may be the best.
    ["0:1:0.5 |a x\n|a y\n\n", "--cb_explore_adf --first_only --epsilon 0", 1, 2],
    ["0:1:0.5 |a x\n|a y\n\n", "--cb_explore_adf --cover 2 --first_only --nounif", 1, 2],
    ["0:1:0.5 |a x\n|a y\n\n", "--cb_explore_adf --bag 2 --first_only", 1, 2],
    ["0:1:0.5 |a x\n|a y\n\n", "--cb_explore_adf --regcb", 1, 1],
    ["0:1:0.5 |a x\n|a y\n\n", "--cb_explore_adf --regcb --regcbopt", 1, 2],
    ["|a x\n0:1:0.5 |a y\n\n", "--cb_explore_adf --regcbopt --first_only", 1, 0],
    // Two whose costs are expected to be the same have a probability of 1, and the first what is left of it.
    ["0:1:0.5 |a x\n|a y\n\n", "--cb_explore_adf --squarecb --elim", 1, 0],
    ["0:1:0.5 |a x\n|a y\n\n".repeat(2), "--cb_explore_adf --squarecb --gamma_scale 0", 2, 1],
    // The first action is taken once, and found to be dear.
    ["0:1:0.5 |a x\n|a y\n\n".repeat(2), "--cb_adf --cb_type sm --noconstant", 2, 1],
    // A cost without a probability is no observation: of several that with one counts.
    ["1:3 2:1:0.25 |a y\n", "--cb 2", 1, 0],
    // The first stands for four decisions: (4 * 1 + 1 * 0) / 5.
    [`${decision(1, 0).replace("{", '{"pdrop":0.75,')}\n${decision(0, 0)}\n`, "--dsjson --cb_explore_adf", 2, 0.8],
    [`${decision(1, 0)}\n${decision(1, 0)}\n`, "--dsjson --cb_explore_adf --noconstant --epsilon 0.1", 2, 0.55],
    // The first class is told at first, as nothing is known: of 1, 2, 1 the second is wrong. A line without a label is only counted.
    ["1 | a\n2 | b\n1 | a\n | c\n", "--oaa 2", 4, 1 / 3],
    ["1 | a\n2 | b\n1 | a\n", "--oaa 2 --classweight 1:2,2:5", 3, 5 / 9],
    ["1 3 | a\n2 | b\n", "--oaa 2 --scores", 2, 1 / 4],
    // A label 0 says that classes begin there: only --scores know it in time.
    ["0 | a\n0 | a\n", "--oaa 2", 2, 0.5],
    ["0 | a\n0 | a\n", "--oaa 2 --scores", 2, 0],
    ["0 | a\n1 | b\n", "--oaa 2 --indexing 0 --noconstant", 2, 0.5],
    // A class that is none is always wrong.
    ["7 | a\n7 | a\n", "--oaa 2", 2, 1],
    ['{"_label":2,"f":{"a":1}}\n{"_label":2,"f":{"a":1}}\n', "--json --oaa 2", 2, 0.5],
    // Of two actions the first draw takes one, that is right of one of the lines; of one action it is always right.
    ["1 | a\n1 2 | a\n", "--cbify 1", 2, 0],
    ["1:3 2:1 | a\n", "--cbify 1 --cbify_cs", 1, 2],
    ["1:3 | a\n1:2 | b\n\n", "--cbify_ldf", 1, 3],
    // VW takes the number of the line for that of the class.
    ["4:3 | a\n\n", "--cbify_ldf", 1, 0],
    ['{"_label":1,"f":{"a":1}}\n{"_label":{"Label":0,"Weight":3},"f":{"b":true}}\n', "--json --noconstant", 2, 0.25],
  ])("%j %s", async (text, options, count, loss) => {
    const file = join(scratch, "small");
    writeFileSync(file, text);
    const average = await run(file, options);
    expect(average.count).toBe(count);
    expect(average.value).toBeCloseTo(loss, 6);
  });
});

/** None of VW's learners knows how unsure it is. */
const known = policies.filter(({ needsDeviations }) => !needsDeviations);

test.each(known.map((policy) => [policy.type, policy] as const))(
  "%s learns VW's events and costs less than chance, be it VW's or ours alone",
  async (_, { defaults: policy }) => {
    const file = join(scratch, "events");
    writeFileSync(file, clicks(3000));
    const options = readOptions(["-d", file, "--cb_explore_adf", "-q", "ua", "--noconstant"]);
    const { exploration } = options.bandit!;
    const { average } = await runVw({
      ...options,
      bandit: { ...options.bandit!, exploration: { ...exploration!, policy } },
    });
    expect(average.count).toBe(3000);
    expect(average.value).toBeLessThan(-0.45);
    expect(average.value).toBeGreaterThan(-0.9);
  },
);

/** Uniform choices among three: the visitor's kind says which of them is clicked with probability .8, the others with .1. */
function clicks(count: number): string {
  const random = seededRandom(7);
  return Array.from({ length: count }, () => {
    const [kind, chosen] = [Math.floor(random() * 3), Math.floor(random() * 3)];
    const cost = random() < (kind === chosen ? 0.8 : 0.1) ? -1 : 0;
    const lines = [0, 1, 2].map((a) => `${a === chosen ? `0:${cost}:0.333333 ` : ""}|a item${a}`);
    return [`shared |u kind${kind}`, ...lines, ""].join("\n");
  }).join("\n");
}

if (existsSync(DATA)) {
  const rows = readFileSync(join(DATA, "expected.tsv"), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => row.split("\t") as [string, string, string, string, string]);

  test.each(rows)("%s %s: %s examples, %s, %s", async (file, options, examples, expected, agreement) => {
    const average = await run(inputFile(file), options);
    const loss = average.value;
    expect(average.count).toBe(Number(examples));
    const difference = Math.abs(loss / Number(expected) - 1);
    if (agreement === "exact") expect(loss.toPrecision(4)).toBe(Number(expected).toPrecision(4));
    else if (agreement === "1%") expect(difference).toBeLessThan(0.01);
    else expect(Number(loss.toFixed(6))).toBeLessThanOrEqual(Number(expected));
  });
}

/** Inputs that lie beside the repository, each an example of its kind, and what VW 9.11.2 prints for them. */
const CASES = fileURLToPath(new URL("../../../shared/cases/logs/", import.meta.url));
const CB_LOAD = "cb_load.dat --cb_explore_adf -q UA";

if (existsSync(CASES))
  test.each([
    ["pdrop-mixed.dsjson --dsjson --cb_explore_adf", -0.666667],
    ["namespace-twice.dsjson --dsjson --cb_explore_adf -q UI", -0.85625],
    ["namespace-merged.dsjson --dsjson --cb_explore_adf -q UI", -0.85625],
    ["key-twice.json --json --chain_hash --cb_explore_adf", 0.765],
    ["key-twice.json --json --chain_hash --cb_explore_adf -q mg", 0.765],
    ["key-twice.json --json --chain_hash --cb_explore_adf --noconstant", 0.765],
    ["key-twice.json --json --chain_hash --cb_explore_adf --softmax --lambda 10", 0.676487],
    ["key-twice.json --json --cb_explore_adf -q ::", 0.5275],
    ["costs-of-several.vw --cb 2", 0],
    ["costs-of-several-4.vw --cb 2", 2],
    ["number-texts.vw", 1.4172],
    ["number-texts-2.vw", 1.2003],
    [`${CB_LOAD} --softmax --lambda -1`, -0.140542],
    [`${CB_LOAD} --softmax --lambda -5`, -0.258855],
    [`${CB_LOAD} --cb_type dr --sgd`, -0.149849],
    [`${CB_LOAD} --bag 5 --cb_type dr --normalized`, -0.155133],
    [`${CB_LOAD} --cover 3 --sgd`, -0.12935],
    [`${CB_LOAD} --cover 3 --normalized`, -0.133434],
    [`${CB_LOAD} --cover 3 --epsilon 0`, -0.342978],
    ["initial-prediction.vw --coin", 1],
    ["six-namespaces.vw -q ::", 2.423949],
    ["six-namespaces.vw -q :a -q ::", 2.423949],
    ["six-namespaces.vw -q aU -q ::", 2.423949],
    ["six-namespaces.vw -q u: -q ::", 2.423949],
    ["six-namespaces.vw -q aU -q Ua", 2.173837],
    ["six-namespaces.vw --normalized --power_t 0.1", 8.560857],
    ["six-namespaces.vw --normalized --power_t 0.3", 8.185374],
    ["six-namespaces.vw --normalized --power_t 0.7", 8.391777],
    ["six-namespaces.vw --normalized --invariant --power_t 0.3", 3.086341],
    ["0002.dat --normalized --power_t 0.3", 0.098164],
  ])("%s: %s", async (line, loss) => {
    const [file, ...options] = line.split(" ") as [string, ...string[]];
    const average = await run(join(existsSync(join(CASES, file)) ? CASES : DATA, file), options.join(" "));
    expect(Math.abs(average.value - loss)).toBeLessThanOrEqual(Math.max(1e-6, 5e-4 * Math.abs(loss)));
  });

/** A file of the table, which may be the command that writes it. */
function inputFile(name: string): string {
  const [script, ...args] = name.split(" ");
  if (!script!.endsWith(".mjs")) return join(DATA, name);
  const file = join(scratch, args.join("-"));
  if (!existsSync(file)) execFileSync(process.execPath, [join(DATA, script!), ...args, file]);
  return file;
}
