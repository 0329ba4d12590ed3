import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../conformance/random.ts";
import { adaptive, defineModel, field, lastSeenAgo, predict, rank, seen } from "../shared/contract/define.ts";
import { policies } from "../shared/policies/all-policies.ts";
import { evaluateLog, type LogReport } from "./evaluate/evaluate-log.ts";
import { evaluatePredictions } from "./evaluate/evaluate-predictions.ts";
import { evaluateTable } from "./evaluate/evaluate-table.ts";
import { namedLearner } from "./evaluate/learner-text.ts";
import { namedPolicy } from "./evaluate/policy-text.ts";
import { predictionText, reportText } from "./evaluate/report-text.ts";
import { readSpecFile } from "./read-spec-file.ts";
import { tableMapping } from "./tables/table-mapping.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-evaluate-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const write = (name: string, content: string | Buffer): string => {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
};

/** Uniform choices among three: the visitor's kind says which of them is clicked with probability .8, the others with .1. */
function* decisions(count: number) {
  const random = seededRandom(7);
  for (let i = 0; i < count; i++) {
    const kind = Math.floor(random() * 3);
    const chosen = Math.floor(random() * 3);
    yield { kind, chosen, click: random() < (kind === chosen ? 0.8 : 0.1) };
  }
}
const KNOWN = { uniform: (0.8 + 0.1 + 0.1) / 3, best: 0.8 };

const text = (count: number): string =>
  [...decisions(count)]
    .map(
      ({ kind, chosen, click }) =>
        `shared |u kind${kind}\n${[0, 1, 2].map((a) => `${a === chosen ? `0:${click ? -1 : 0}:0.333333 ` : ""}|a item${a}\n`).join("")}`,
    )
    .join("\n");

const dsjson = (count: number): string =>
  [...decisions(count)]
    .map(({ kind, chosen, click }, i) =>
      JSON.stringify({
        _label_cost: click ? -1 : 0,
        _label_probability: 1 / 3,
        _label_Action: chosen + 1,
        EventId: `e${i}`,
        a: [1, 2, 3],
        p: [1 / 3, 1 / 3, 1 / 3],
        c: { u: { kind: `k${kind}` }, _multi: [0, 1, 2].map((a) => ({ a: { item: `i${a}` } })) },
      }),
    )
    .join("\n");

const evaluate = (file: string, policies: string[], learners = ["adaptive"], more: object = {}): Promise<LogReport> =>
  evaluateLog({
    source: { file, name: "the log", format: null, actions: null, strict: true },
    spec: null,
    policies: policies.map(namedPolicy),
    learners: learners.map(namedLearner),
    rewards: null,
    minPropensity: null,
    progress: false,
    ...more,
  });

const row = (report: LogReport, policy: string) => {
  const found = report.policies.find((one) => one.policy === policy);
  if (found?.estimates == null) throw new Error(`${policy}: ${found?.refusal.message ?? "there is no such row"}`);
  return found;
};

describe("evaluateLog", () => {
  test("the logged policy earned what it earned, and every interval holds the known value of the uniform one", async () => {
    const report = await evaluate(write("log", text(2000)), ["logged", "uniform"]);
    const clicks = [...decisions(2000)].filter(({ click }) => click).length;
    const { ips, snips, dros, dr } = row(report, "logged").estimates!;
    for (const { value } of [ips, snips]) expect(value).toBeCloseTo(clicks / 2000, 12);
    // No model says it better.
    for (const { value } of [dros, dr]) expect(value).toBeNull();
    // A model of the reward is learned for it, though neither policy needs one.
    expect(row(report, "uniform").estimates!.dr.interval).not.toBeNull();
    for (const { value, interval } of Object.values(row(report, "uniform").estimates!)) {
      if (value === null || interval === null) continue;
      expect(interval.low).toBeLessThan(KNOWN.uniform);
      expect(interval.high).toBeGreaterThan(KNOWN.uniform);
    }
    expect(report.log).toMatchObject({ decisions: 2000, withoutOutcome: 0, propensities: "uniform" });
  });

  test.each(["auto", "adaptive", "factorised:4"])(
    "what %s learns earns nearly the most that can be earned",
    async (learner) => {
      const policies = ["epsilon-greedy:0.05", "squarecb:100"];
      const report = await evaluate(write("log", text(3000)), policies, [learner]);
      for (const policy of policies)
        expect(row(report, policy).estimates!.snips.value).toBeGreaterThan(0.85 * KNOWN.best);
    },
  );

  test.each(policies.map(({ commandLine }) => commandLine.name))("%s, as every policy, is evaluated", async (name) => {
    const report = await evaluate(write("log", text(3000)), [name]);
    const [found] = report.policies;
    expect(found!.policy.startsWith(name)).toBe(true);
    expect(found!.estimates!.snips.value).toBeGreaterThan(0.45);
    expect(found!.estimates!.snips.value).toBeLessThan(KNOWN.best + 0.05);
  });

  test("a policy is asked before it learns: where the actions tell nothing, it earns what chance does", async () => {
    // Every action's features are of this decision alone, so only looking ahead could tell the clicked ones.
    const lines = [...decisions(2000)].map(
      ({ chosen, click }, i) =>
        `${[0, 1, 2].map((a) => `${a === chosen ? `0:${click ? -1 : 0}:0.333333 ` : ""}|a only${i}x${a}\n`).join("")}`,
    );
    const report = await evaluate(write("log", lines.join("\n")), ["epsilon-greedy:0"]);
    const { interval } = row(report, "epsilon-greedy:0").estimates!.snips;
    expect(interval!.low).toBeLessThan(KNOWN.uniform);
    expect(interval!.high).toBeGreaterThan(KNOWN.uniform);
    expect(interval!.high).toBeLessThan(0.5);
  });

  test("text and dsjson of the same decisions say the same of policies that need no features", async () => {
    const fromText = row(await evaluate(write("a", text(300)), ["uniform"]), "uniform");
    const fromJson = row(await evaluate(write("b", dsjson(300)), ["uniform"]), "uniform");
    expect(fromText.estimates!.snips).toEqual(fromJson.estimates!.snips);
  });

  test("numbers that no feature of a model may have tell nothing, and stop nothing", async () => {
    const absurd = (x: number) =>
      dsjson(300).replaceAll('"kind":', `"x":${x},"y":${-x},"kind":`).replaceAll('"item":', `"z":${x},"item":`);
    const policies = ["epsilon-greedy:0.05", "uniform", "squarecb:0.5"];
    const plain = await evaluate(write("plain", dsjson(300)), policies, ["auto"]);
    const withNumbers = await evaluate(write("absurd", absurd(1e300)), policies, ["auto"]);
    expect(withNumbers.policies).toEqual(plain.policies);
  });

  test("a spec's features, interactions and policy are learned on whatever names its values", async () => {
    const spec = write(
      "spec.json",
      JSON.stringify({
        name: "items",
        task: { type: "rank" },
        features: {
          context: { kind: { op: "field", path: "u.kind" } },
          action: { item: { op: "field", path: "a.item" } },
        },
        interactions: [["context", "action"]],
        reward: { wait: "10m", default: 0, aggregate: "max" },
        policy: { type: "epsilonGreedy", epsilon: 0.05 },
        learner: { type: "adaptive", bits: 12, learningRate: 0.5 },
      }),
    );
    const options = { spec: await readSpecFile(spec) };
    const with_ = await evaluate(write("log", dsjson(3000)), ["epsilon-greedy:0.05"], ["adaptive"], options);
    expect(row(with_, "epsilon-greedy:0.05").estimates!.snips.value).toBeGreaterThan(0.85 * KNOWN.best);
    // Without the visitor's kind nothing can be known.
    const blind = { spec: { ...options.spec, features: { ...options.spec.features, context: {} } } };
    const without = await evaluate(join(scratch, "log"), ["epsilon-greedy:0.05"], ["adaptive"], blind);
    expect(row(without, "epsilon-greedy:0.05").estimates!.snips.value).toBeLessThan(0.5 * KNOWN.best);
    expect(without.notes.join()).not.toContain("no values");
    // A spec that does not name the values as the log does is told so.
    const action = { price: { op: "field", path: "price" } as const };
    const misnamed = { spec: { ...options.spec, features: { ...options.spec.features, action } } };
    const told = await evaluate(join(scratch, "log"), ["uniform"], ["adaptive"], misnamed);
    expect(told.notes[0]).toContain("(first 1000 decisions): action.price.");
  });

  /** Uniform choices among three items, of which the visitor clicks what he looked at last, in dsjson or VW's JSON. */
  function* visits(format: "dsjson" | "json") {
    const at = Date.UTC(2026, 10, 30);
    for (const [i, { kind, chosen, click }] of [...decisions(2000)].entries()) {
      const looks = [(kind + 1) % 3, kind].map((item, n) => ({ item: `m${item}`, at: at + 60_000 * i + 1000 * n }));
      const label = { _label_cost: click ? -1 : 0, _label_probability: 1 / 3, _label_Action: chosen + 1 };
      const multi = [0, 1, 2].map((a) => ({ _tag: `m${a}` }));
      if (format === "json") {
        const events = looks.map((look) => ({ type: "view", at: look.at, properties: { item: look.item } }));
        yield JSON.stringify({ ...label, _labelIndex: chosen, _events: events, _multi: multi });
        continue;
      }
      const events = looks.map((look) => ({
        ...{ type: "view", at: new Date(look.at).toISOString(), properties: { item: look.item } },
      }));
      yield JSON.stringify({
        ...{ ...label, EventId: `e${i}`, Timestamp: new Date(at + 60_000 * i + 5000).toISOString() },
        ...{ a: [1, 2, 3], p: [1 / 3, 1 / 3, 1 / 3], c: { _events: events, _multi: multi } },
      });
    }
  }

  test.each(["dsjson", "json"] as const)("what the session did makes features in a log of %s", async (format) => {
    const spec = defineModel({
      ...{ name: "hotels", task: rank(), reward: { wait: "1m", default: 0, aggregate: "first" } },
      features: { action: { ago: lastSeenAgo("view.item", "id"), seen: seen("view.item", "id") } },
    });
    const log = [...visits(format)].join("\n");
    const found = async (lines: string) => {
      const report = await evaluate(write("visits", lines), ["epsilon-greedy:0"], ["auto"], { spec });
      return { value: row(report, "epsilon-greedy:0").estimates!.snips.value, notes: report.notes.join(" ") };
    };
    const { value, notes } = await found(log);
    expect(value).toBeGreaterThan(0.9 * KNOWN.best);
    expect(notes).not.toContain("action.");
    const without = await found(log.replaceAll('"_events"', '"_unknown"'));
    expect(without.value).toBeLessThan(0.5);
    expect(without.notes).toContain("action.ago");
  });

  test("events that are none are named with their line", async () => {
    const lines = [...visits("dsjson")];
    lines[4] = lines[4]!.replace('"type":"view"', '"type":""');
    lines[6] = lines[6]!.replace(/"at":"[^"]*"/, '"at":"yesterday"');
    lines[8] = lines[8]!.replace(/"_events":\[.*?\],"_multi"/, '"_events":7,"_multi"');
    const source = { file: write("visits", lines.join("\n")), name: "the log", format: null, actions: null };
    const report = await evaluate("", ["uniform"], ["adaptive"], { source: { ...source, strict: false } });
    expect(report.log.decisions).toBe(1997);
    expect(report.log.unusable.first.map(({ line, problem }) => `${line}: ${problem}`)).toEqual([
      expect.stringMatching(/^5: .*"_events"\[0\]\.type: must be 1 to 64 letters/),
      expect.stringMatching(/^7: .*"_events"\[0\]\.at: /),
      expect.stringMatching(/^9: .*"_events": /),
    ]);
  });

  test("a log of too few decisions is refused with the reason", async () => {
    const report = await evaluate(write("log", text(20)), ["logged"]);
    expect(report.policies[0]).toMatchObject({ estimates: null, refusal: { reason: "effective-sample-size" } });
  });

  test("lists of several slots: each slot is a decision, and what whole lists earn is told beside", async () => {
    const random = seededRandom(11);
    // The best of three actions is the first, and uniform lists of two have it in two of three.
    const lists = Array.from({ length: 600 }, (_, i) => {
      const first = Math.floor(random() * 3);
      const left = [0, 1, 2].filter((action) => action !== first);
      const second = left[Math.floor(random() * 2)]!;
      const cost = (action: number) => (random() < (action === 0 ? 0.6 : 0.1) ? -1 : 0);
      const _multi = [0, 1, 2].map((a) => ({ a: { item: `i${a}` } }));
      const others = (chosen: number, from: number[]) => [chosen, ...from.filter((action) => action !== chosen)];
      return JSON.stringify({
        EventId: `l${i}`,
        c: { u: { kind: "k" }, _multi, _slots: [{ s: { n: 1 } }, { s: { n: 2 } }] },
        _outcomes: [
          { _label_cost: cost(first), _a: others(first, [0, 1, 2]), _p: [1 / 3, 1 / 3, 1 / 3] },
          { _label_cost: cost(second), _a: others(second, left), _p: [0.5, 0.5] },
        ],
      });
    });
    const report = await evaluate(write("log", lists.join("\n")), ["uniform", "epsilon-greedy:0"]);
    expect(report.log.decisions).toBe(1200);
    const [uniform, greedy] = ["uniform", "epsilon-greedy:0"].map((policy) => row(report, policy).lists!);
    expect(uniform!.lists).toBe(600);
    const known = (0.6 + 0.1 + 0.1) * (2 / 3);
    for (const { value, interval } of Object.values(uniform!.estimates)) {
      expect(Math.abs(value! - known)).toBeLessThan(0.06);
      expect(interval!.low).toBeLessThan(known);
      expect(interval!.high).toBeGreaterThan(known);
    }
    const { rips, cascadeDr, independentIps } = greedy!.estimates;
    for (const { value } of [rips, cascadeDr]) expect(Math.abs(value! - 0.7)).toBeLessThan(0.12);
    // It takes it that the best action is left for the second slot as often as it was in the log.
    expect(Math.abs(independentIps.value! - (0.6 + (2 / 3) * 0.6 + (1 / 3) * 0.1))).toBeLessThan(0.15);
    expect(reportText(report)).toMatch(/Mean reward of a list, 600 lists.*\n\npolicy +learner +cascade-DR +RIPS/s);
  });

  test("a spec's click model by places counts, as in a version of it, in a table and in dsjson alike", async () => {
    const random = seededRandom(5);
    const looks: Record<string, number> = { 1: 1, 2: 0.25 };
    const lines: { place: number; chosen: number; click: number }[] = [];
    // An editor puts the good article low nine times of ten, and only a quarter looks there.
    for (let i = 0; i < 4000; i++) {
      const place = 1 + Math.floor(2 * random());
      const chosen = random() < (place === 1 ? 0.1 : 0.9) ? 1 : 0;
      lines.push({ place, chosen, click: Number(random() < looks[place]! && random() < (chosen === 1 ? 0.5 : 0.3)) });
    }
    const propensity = ({ place, chosen }: (typeof lines)[number]) => ((place === 1) === (chosen === 0) ? 0.9 : 0.1);
    const table = write(
      "places.csv",
      `place,action,reward,propensity\n${lines.map((one) => [one.place, one.chosen, one.click, propensity(one)].join()).join("\n")}\n`,
    );
    const service = write(
      "places.dsjson",
      lines
        .map((one) =>
          JSON.stringify({
            ...{ _label_cost: -one.click, _label_probability: propensity(one), _label_Action: one.chosen + 1 },
            ...{ _labelIndex: one.chosen, a: one.chosen === 0 ? [1, 2] : [2, 1] },
            p: [propensity(one), 1 - propensity(one)],
            c: { place: one.place, _multi: [0, 1].map((id) => ({ _tag: String(id), id: String(id) })) },
          }),
        )
        .join("\n"),
    );
    const specOf = (examination?: { path: string; probabilities: Record<string, number> }) =>
      defineModel({
        ...{ name: "places", task: rank(), features: { action: { id: field("id") } } },
        reward: { wait: "1m", default: 0, aggregate: "first", ...(examination && { examination }) },
      });
    const earned = async (file: string, format: "csv" | "dsjson", spec: ReturnType<typeof specOf>) => {
      const report = await evaluate(file, ["epsilon-greedy:0"], ["auto"], {
        ...{ spec, minPropensity: 0.1 },
        source: { file, name: "the log", format, actions: format === "csv" ? 2 : null, strict: true },
      });
      return { doubts: report.doubts, value: row(report, "epsilon-greedy:0").estimates!.dr.value! };
    };
    for (const [file, format] of [
      [table, "csv"],
      [service, "dsjson"],
    ] as const) {
      const asIs = await earned(file, format, specOf());
      const counted = await earned(file, format, specOf({ path: "place", probabilities: looks }));
      const misnamed = await earned(file, format, specOf({ path: "position", probabilities: looks }));
      // What always shows the better one earns .5 of those who look, who are five of eight; the other .3.
      expect(asIs.value).toBeCloseTo(0.1875, 1);
      expect(counted.value).toBeCloseTo(0.3125, 1);
      expect(counted.doubts.join()).not.toContain("examination");
      expect(misnamed.value).toBe(asIs.value);
      expect(misnamed.doubts.join()).toContain('reads the place from "position"');
    }
  });

  test("by a category of actions, policies are judged by what each category earns (MIPS)", async () => {
    const file = write("log", dsjson(2000));
    const report = await evaluate(file, ["uniform", "epsilon-greedy:0.05"], ["adaptive"], { category: ["a.item"] });
    // Of three actions in three categories it is the same.
    const { categories, estimates } = row(report, "uniform");
    expect(categories!.estimates!.ips.value).toBeCloseTo(estimates!.ips.value!, 12);
    expect(reportText(report)).toMatch(
      /\(MIPS\), right if .*\n\npolicy +learner +MIPS +self-normalised +weight +ESS\n/,
    );
    await expect(evaluate(file, ["uniform"], ["adaptive"], { category: ["a.price"] })).rejects.toThrow(
      "--category a.price: none of the 6000 actions of the log has that field.",
    );
    const alike = write("alike", dsjson(300).replaceAll(/"item":"i\d"/g, '"item":"i"'));
    await expect(evaluate(alike, ["uniform"], ["adaptive"], { category: ["a.item"] })).rejects.toThrow(
      "of one category",
    );
    const unknown = write("unknown", text(300).replaceAll("0.333333", "0.3"));
    await expect(evaluate(unknown, ["uniform"], ["adaptive"], { category: ["a.item"] })).rejects.toThrow(
      "tells only those of what was chosen",
    );
  });

  test("a log that does not tell all probabilities has doubly robust estimates of all but what chose, and says so", async () => {
    const random = seededRandom(5);
    const skewed = Array.from({ length: 900 }, (_, i) => {
      const probabilities = [0.5, 0.28, 0.22];
      const chosen = random() < 0.5 ? 0 : random() < 0.56 ? 1 : 2;
      const cost = `0:${i % 25 === 0 ? -1 : 0}:${probabilities[chosen]} `;
      return [0, 1, 2].map((action) => `${action === chosen ? cost : ""}|a item${action}\n`).join("");
    }).join("\n");
    const report = await evaluate(write("log", skewed), ["uniform", "logged"], ["adaptive"], { minPropensity: 0.2 });
    for (const name of ["dr", "dros"] as const) {
      const { value, interval } = row(report, "uniform").estimates![name];
      expect(Math.abs(value! - 1 / 25)).toBeLessThan(0.02);
      expect(interval!.low).toBeLessThan(1 / 25);
      expect(interval!.high).toBeGreaterThan(1 / 25);
      expect(row(report, "logged").estimates![name].value).toBeNull();
    }
    expect(reportText(report)).toMatch(/\nlogged +- +\.04/);
    expect(report.notes.join()).toContain("no doubly robust estimate");
    // A promise of the least probability makes the interval narrower; one that the log breaks is refused with its line.
    const loose = await evaluate(join(scratch, "log"), ["uniform"]);
    const width = (of: LogReport) => {
      const { low, high } = row(of, "uniform").estimates!.snips.interval!;
      return high - low;
    };
    expect(width(report)).toBeLessThan(width(loose));
    const broken = evaluate(join(scratch, "log"), ["epsilon-greedy:0"], ["adaptive"], { minPropensity: 0.9 });
    await expect(broken).rejects.toThrow(/the log, line \d: the propensity 0.[0-9]+ is below 0.9/);
  });

  test("of an epsilon-greedy log the least probability is known, and of one with a third probability it is not", async () => {
    const random = seededRandom(9);
    const lines = (greedy: number, other: number, third = other) =>
      Array.from({ length: 500 }, (_, i) => {
        const chosen = random() < greedy ? 0 : 1 + Math.floor(random() * 2);
        const p = chosen === 0 ? greedy : i % 9 === 0 ? third : other;
        return `${[0, 1, 2].map((a) => `${a === chosen ? `0:${random() < 0.3 ? -1 : 0}:${p.toFixed(6)} ` : ""}|a item${a}\n`).join("")}`;
      }).join("\n");
    const known = await evaluate(write("log", lines(1 - 0.3 + 0.1, 0.1)), ["uniform"]);
    expect(known.log.minPropensity).toBeCloseTo(0.1, 3);
    expect(known.notes.join()).toContain("no action was less probable than 0.0998");
    expect(row(known, "uniform").diagnostics.unbounded).toBe(0);
    const unknown = await evaluate(write("log", lines(1 - 0.3 + 0.1, 0.1, 0.08)), ["uniform"]);
    expect(unknown.log.minPropensity).toBeNull();
    expect(unknown.notes.join()).toContain("give --min-propensity");
    expect(row(unknown, "uniform").diagnostics.unbounded).toBe(500);
  });

  test("a log whose propensities cannot be is told before the figures, and judges no other policy", async () => {
    const told = (content: string, policies = ["logged", "uniform"]) => evaluate(write("log", content), policies);
    const claims = (p: string) => text(300).replaceAll("0.333333", p);
    for (const [content, message] of [
      [claims("0.9"), "Every action was logged with the same probability, 0.9, which is not 1 / K: the mean weight"],
      [claims("1"), "Every action was logged with probability 1, as of a policy that never varies: the mean weight"],
      ["0:-1:0.5 |a x\n|a y\n\n0:0:0.5 |a x\n|a y\n\n".repeat(50), "Action 2 (counted from 1) was chosen 0 times"],
    ] as const) {
      const report = await told(content);
      expect(row(report, "logged").estimates!.ips.value).toBeGreaterThan(0.2);
      const uniform = report.policies.find(({ policy }) => policy === "uniform")!;
      expect(uniform).toMatchObject({ estimates: null, refusal: { reason: "propensities" } });
      expect(uniform.refusal!.message).toContain(message);
      const shown = reportText(report);
      expect(shown.indexOf(message)).toBeGreaterThan(0);
      expect(shown.indexOf(message)).toBeLessThan(shown.indexOf("policy"));
      // Also where nobody asks for another policy.
      expect((await told(content, ["logged"])).doubts.join()).toContain(message);
    }
    const { log, doubts } = await told(text(300));
    expect(doubts).toEqual([]);
    expect(log.meanWeight).toMatchObject({ mean: expect.closeTo(1, 5) });
  });

  test.each([
    ["per cent", (p: number) => 100 * p, /line 4: the propensity \d+ is above 1 .* They look like per cent: divide/],
    ["1 / p", (p: number) => 1 / p, /line 4: the propensity [\d.]+ is above 1 .* They look like 1 \/ p: give p itself/],
  ])("propensities that are %s are refused for what they are, also in VW's text", async (_, logged, message) => {
    const random = seededRandom(3);
    const lines = Array.from({ length: 100 }, () => {
      const chosen = random() < 0.7 ? 0 : 1;
      const costs = (action: number) => (action === chosen ? `0:-1:${logged([0.7, 0.3][chosen]!)} ` : "");
      return `shared |u x\n${costs(0)}|a x\n${costs(1)}|a y\n`;
    });
    await expect(evaluate(write("log", lines.join("\n")), ["uniform"], ["adaptive"])).rejects.toThrow(/line \d/);
    const source = { file: join(scratch, "log"), name: "the log", format: null, actions: null, strict: false };
    await expect(evaluate(source.file, ["uniform"], ["adaptive"], { source })).rejects.toThrow(message);
  });

  test("a decision that comes twice is left out, and of many the log is refused", async () => {
    const table = (ids: readonly number[]) =>
      write(
        "log",
        `action,reward,propensity,event_id\n${ids.map((id) => `${id % 2},${id % 3 ? 0 : 1},0.5,e${id}`).join("\n")}\n`,
      );
    const source = { file: join(scratch, "log"), name: "the log", format: null, actions: 2, strict: false };
    const ids = Array.from({ length: 200 }, (_, i) => i);
    table([...ids, 7]);
    const { log } = await evaluate(source.file, ["uniform"], ["adaptive"], { source });
    expect(log).toMatchObject({ decisions: 200, unusable: { lines: 1 } });
    table([...ids, ...ids.slice(0, 50)]);
    await expect(evaluate(source.file, ["uniform"], ["adaptive"], { source })).rejects.toThrow(
      /^the log, line 202: the decision "e0" came before in this log, and so it is in 50 of 250 decisions\. /,
    );
  });

  test("rewards out of the range that was given are refused with their line", async () => {
    const run = evaluate(write("log", text(50)), ["logged"], ["adaptive"], { rewards: { low: 0, high: 0.5 } });
    await expect(run).rejects.toThrow(/the log, line \d+: The reward 1 is not between 0 and 0.5/);
  });

  test("a log without outcomes is refused", async () => {
    const file = write("log", "|a x\n|a y\n\n");
    await expect(evaluate(file, ["logged"])).rejects.toThrow("the log has no decision with an outcome (1 without)");
    await expect(evaluate(write("empty", ""), ["logged"])).rejects.toThrow("the log is empty");
  });
});

describe("evaluateTable", () => {
  const spec = defineModel({
    name: "purchases",
    task: predict("binary"),
    features: { context: { city: field("city"), age: field("age") } },
    reward: { wait: "30m", default: null, aggregate: "first" },
  });
  const mapping = tableMapping.parse({
    label: { column: "bought", true: ["yes"] },
    columns: { city: "category", age: "number" },
    delimiter: ";",
  });
  const table = (rows: readonly string[], strict = false) => ({
    file: write("table", `city;age;bought\n${rows.join("\n")}\n`),
    mapping,
    strict,
  });
  const rows = Array.from({ length: 400 }, (_, i) => (i % 2 ? "rome;20;yes" : "lima;70;no"));

  test("predicts each row, and learns it at once", async () => {
    const first = await evaluateTable(table(rows.slice(0, 1)), spec, [spec.learner]);
    expect(first.predictions).toEqual([
      expect.objectContaining({ learner: "auto", logLoss: expect.closeTo(Math.LN2) }),
    ]);
    const report = await evaluateTable(table(rows), spec, [spec.learner, namedLearner("adaptive")]);
    expect(report.log).toMatchObject({ decisions: 400, withoutOutcome: 0 });
    expect(report.predictions.map(({ learner }) => learner)).toEqual(["auto", "adaptive:0.5"]);
    for (const { logLoss, auc } of report.predictions) {
      expect(logLoss).toBeLessThan(0.1);
      expect(auc).toBeGreaterThan(0.98);
    }
    expect(predictionText(report)).toContain("which was at once, in this order");
    const ages = { ...spec, features: { ...spec.features, context: { age: field("age") } } };
    expect((await evaluateTable(table(rows), ages, [spec.learner])).notes.join()).toContain("so ignores: city");
  });

  test("leaves out and names rows that cannot be used", async () => {
    const { log, notes } = await evaluateTable(table([...rows, "rome;old;yes"]), spec, [spec.learner]);
    expect(log).toMatchObject({ decisions: 400, unusable: { lines: 1 } });
    expect(notes.join()).toContain('line 402: column "age" is not a number: "old"');
    await expect(evaluateTable(table(["rome;old;yes"], true), spec, [spec.learner])).rejects.toThrow("line 2: column");
    await expect(evaluateTable(table(["rome;old;yes"]), spec, [spec.learner])).rejects.toThrow("line 2: column");
  });
});

describe("evaluatePredictions", () => {
  const spec = defineModel({
    name: "visits",
    task: predict("binary"),
    features: { context: { kind: field("kind") } },
    reward: { wait: "30m", default: null, aggregate: "first" },
    learner: adaptive({ bits: 12 }),
  });
  /** Kind 0 is labelled 1 in 9 of 10 visits, the others never; .5 was answered. */
  const record = (kind: number, value: number | null, at = 0): string =>
    JSON.stringify({
      decision: {
        ...{
          id: "d",
          model: "visits",
          version: 1,
          snapshot: 0,
          unit: "u",
          at,
          task: "predict",
          score: 0,
          value: 0.5,
        },
        ...{ computedBy: { place: "edge", runtime: "native" }, context: { kind: `k${kind}` } },
        ...{ sessionFeatures: {}, profileFeatures: {}, graph: null },
      },
      value,
    });
  const visits = (count: number, minutes: number): string =>
    Array.from({ length: count }, (_, i) =>
      record(i % 3, i % 3 === 0 && i % 30 !== 0 ? 1 : 0, i * minutes * 60_000),
    ).join("\n");
  const source = (file: string) => ({ file, name: "the log", format: null, actions: null, strict: true });

  test("tells how good predictions would have been, beside those that were made", async () => {
    const file = write("visits", `${visits(600, 30)}\n${record(0, null)}`);
    const { log, predictions } = await evaluatePredictions(source(file), spec, [spec.learner, namedLearner("auto")]);
    expect(log).toMatchObject({ decisions: 600, withoutOutcome: 1 });
    const [logged, ...learned] = predictions;
    expect(logged).toEqual({ learner: "logged", squaredError: 0.25, logLoss: expect.closeTo(Math.LN2, 12), auc: 0.5 });
    expect(learned.map(({ learner }) => learner)).toEqual(["adaptive:0.5", "auto"]);
    for (const { logLoss, auc } of learned) {
      expect(auc).toBeGreaterThan(0.9);
      // Who knows all of it has a third of the entropy of 9 of 10.
      expect(logLoss).toBeGreaterThan(0.325 / 3);
      expect(logLoss).toBeLessThan(0.325 / 2);
    }
  });

  test("what the wait for labels keeps secret is not known", async () => {
    // All questions are asked before the first label is due.
    const blind = await evaluatePredictions(source(write("visits", visits(100, 0.25))), spec, [spec.learner]);
    expect(blind.predictions[1]).toMatchObject({ auc: 0.5, logLoss: expect.closeTo(Math.LN2, 12) });
    expect(predictionText(blind)).toContain(`Only 0 of ${blind.log.decisions} labels were 30m old`);
    const open = await evaluatePredictions(source(write("visits", visits(100, 30))), spec, [spec.learner]);
    expect(open.predictions[1]!.auc).toBeGreaterThan(0.8);
    expect(open.wait).toBe("30m");
    expect(predictionText(open)).not.toContain("labels were");
  });

  test("a label that is none, and a log of another kind, are refused with their line", async () => {
    const label = write("visits", `${record(0, 1)}\n${record(0, 2)}`);
    await expect(evaluatePredictions(source(label), spec, [spec.learner])).rejects.toThrow(
      "the log, line 2: the label 2",
    );
    const other = write("log", text(3));
    await expect(evaluatePredictions(source(other), spec, [spec.learner])).rejects.toThrow("not from vw");
  });
});

describe.each([
  ["men", 0.0032],
  ["women", null],
] as const)("Open Bandit sample, %s", (campaign, snips) => {
  const path = fileURLToPath(new URL(`../../shared/data/obd_small/bts_${campaign}.csv.gz`, import.meta.url));
  test.runIf(existsSync(path))("is answered where the log can, and else refused", async () => {
    const { log, policies } = await evaluate(path, ["uniform"]);
    expect(log.decisions).toBe(10_000);
    const [{ refusal, estimates }] = policies as [LogReport["policies"][number]];
    if (snips === null) expect(refusal!.message).toContain("The effective sample size is 2.1 of 10000 decisions");
    else expect(estimates!.snips.value).toBeCloseTo(snips, 4);
  });
});

describe("edgewise evaluate", () => {
  const command = (input: Buffer | string, ...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL("./edgewise.ts", import.meta.url)), "evaluate", ...args], {
      input,
      encoding: "utf8",
    });

  test("compares the usual policies with the usual learners, from a gzipped pipe", () => {
    const { stdout, stderr, status } = command(gzipSync(text(200)), "--json");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const { policies } = JSON.parse(stdout) as LogReport;
    expect(policies.map(({ policy, learner }) => `${policy} ${learner ?? "-"}`)).toEqual([
      "logged -",
      "uniform -",
      ...["epsilon-greedy:0.05", "softmax", "squarecb:0.5"].flatMap((policy) => [
        `${policy} auto`,
        `${policy} adaptive:0.5`,
      ]),
    ]);
  });

  test("reads a named pipe", () => {
    const file = write("log", text(50));
    const script = `"$1" "$2" evaluate <(cat "$3") --policy uniform --json`;
    const edgewise = fileURLToPath(new URL("./edgewise.ts", import.meta.url));
    const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", process.execPath, edgewise, file], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout).policies[0].diagnostics.decisions).toBe(50);
  });

  test("prints a table with intervals, and the policy that was asked for", () => {
    const { stdout } = command("", "-d", write("log", text(300)), "--policy", "uniform");
    expect(stdout).toContain("300 decisions");
    expect(stdout).toMatch(/^uniform +\.\d\d \[\.\d\d, \.\d\d\]/m);
  });

  test.each([
    [["--policy", "best"], "there are logged, uniform, bagging:BAGS"],
    [["--format", "tsv"], "--format must be one of vw, json, dsjson, csv, edgewise"],
    [["--spec", "none.json"], "There is no file none.json"],
    [["--spec", fileURLToPath(new URL("../package.json", import.meta.url))], 'model "edgewise" is not valid:\n'],
    [
      ["--spec", fileURLToPath(new URL("../models/purchase-intent/spec.ts", import.meta.url)), "--policy", "uniform"],
      "purchase-intent predicts",
    ],
    [["one", "two"], "There can be one log"],
    [["--mapping", "x.json", "x.csv"], "--mapping needs --spec with a model that predicts"],
    [["--mapping", "x.json", "x.csv", "--policy", "uniform"], "--mapping is for a table of labels"],
    [["--speck", "x"], "Unknown option '--speck'"],
  ])("%j is refused by name, without a stack", (args, message) => {
    const { stderr, status } = command("", ...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
    expect(status).not.toBe(0);
  });
});
