import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";

import type { LogFormat } from "./log-format.ts";
import { readLog } from "./read-log.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-log-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

/** What is worth comparing of an event, copied, since events are only valid for a while. */
type Seen = {
  outcome: Outcome | null;
  probabilities: number[] | null;
  count: number;
  shared: number[];
  actions: number[][];
  values: FeaturizerInput;
};

type Options = { format?: LogFormat; actions?: number; strict?: boolean };

const read = async (content: string | Buffer, options: Options = {}): Promise<Seen[]> =>
  (await readAll(content, options)).seen;

async function readAll(content: string | Buffer, options: Options): Promise<{ seen: Seen[]; notes: string[] }> {
  const file = join(scratch, "log");
  writeFileSync(file, content);
  const seen: Seen[] = [];
  const source = {
    file,
    name: "the log",
    format: options.format ?? null,
    actions: options.actions ?? null,
    strict: options.strict ?? true,
  };
  const hashes = (example: {
    slots: number[];
    features(slot: number): { indices: Uint32Array; length: number } | undefined;
  }) => example.slots.flatMap((slot) => [...example.features(slot)!.indices.slice(0, example.features(slot)!.length)]);
  const problems = await readLog(source, ({ outcome, probabilities, count, shared, actions, values }) =>
    seen.push({
      outcome: outcome && { ...outcome },
      probabilities: probabilities && [...probabilities],
      count,
      shared: shared === null ? [] : hashes(shared),
      actions: actions.slice(0, count).map(hashes),
      values: structuredClone(values()),
    }),
  );
  return { seen, notes: problems.notes };
}

const text = `shared |user name=tom age:0.5
|item kind=news
0:-1:0.25 |item kind=sport new

|item kind=news
|item kind=sport
`;
const multi = [{ item: { kind: "news" } }, { item: { kind: "sport", new: true } }];
const context = { user: { name: "tom", age: 0.5 }, _multi: multi };

test("VW's text: costs become rewards, lines actions, and what has no cost no outcome", async () => {
  const [first, second, ...more] = await read(text);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ count: 2, probabilities: null });
  expect(first!.outcome).toEqual({ chosen: 1, propensity: 0.25, reward: 1, importance: 1 });
  expect(first!.shared).toHaveLength(2);
  expect(first!.actions.map((features) => features.length)).toEqual([1, 2]);
  expect(first!.values).toMatchObject({
    context: { user: { "name=tom": 1, age: 0.5 } },
    actions: [{ features: { item: { "kind=news": 1 } } }, { features: { item: { "kind=sport": 1, new: 1 } } }],
  });
  expect(second).toMatchObject({ outcome: null, count: 2, shared: [] });
});

test("VW's text with a line a decision: its features are shared, the actions have their numbers", async () => {
  const [first, second] = await read("2:0.5:0.2 |user age:3\n |user age:4\n", { format: "vw", actions: 3 });
  expect(first!.outcome).toEqual({ chosen: 1, propensity: Math.fround(0.2), reward: -0.5, importance: 1 });
  expect(first!.shared).toHaveLength(1);
  expect(new Set(first!.actions.flat()).size).toBe(3);
  expect(second!.outcome).toBeNull();
});

test("VW's JSON and dsjson: the same features, and dsjson tells all probabilities", async () => {
  const label = { _label_cost: -1, _label_probability: 0.25, _label_Action: 2, _labelIndex: 1 };
  const json = await read(JSON.stringify({ ...context, ...label }));
  const dsjson = await read(
    JSON.stringify({
      ...label,
      EventId: "e",
      Timestamp: "2026-01-02T03:04:05Z",
      a: [2, 1],
      p: [0.25, 0.75],
      c: context,
    }),
  );
  expect(json[0]!.outcome).toEqual({ chosen: 1, propensity: 0.25, reward: 1, importance: 1 });
  expect(json[0]!.probabilities).toBeNull();
  expect(json[0]!.values).toMatchObject({
    context: { user: { name: "tom", age: 0.5 } },
    actions: multi.map((features) => ({ features })),
  });
  expect(dsjson[0]!.probabilities).toEqual([0.75, 0.25]);
  expect(dsjson[0]!.values.at).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  for (const key of ["outcome", "shared", "actions"] as const) expect(dsjson[0]![key]).toEqual(json[0]![key]);
});

test("probabilities in single precision are made to sum to 1, and the label's follows", async () => {
  const p = [0.816666663, ...new Array(11).fill(0.0166666675)];
  const a = [10, 4, 9, 1, 12, 3, 7, 2, 11, 8, 6, 5];
  const c = { _multi: a.map((i) => ({ item: { [`n${i}`]: 1 } })) };
  const [event] = await read(
    JSON.stringify({ _label_cost: 0, _label_probability: 0.8166667, _label_Action: 10, a, p, c }),
  );
  expect(event!.probabilities!.reduce((x, y) => x + y, 0)).toBeCloseTo(1, 12);
  expect(event!.outcome!.propensity).toBe(event!.probabilities![9]);
  // No cost is a reward of 0, not of -0.
  expect(Object.is(event!.outcome!.reward, 0)).toBe(true);
});

describe("JSON as services write it", () => {
  const valuesOf = async (c: object) => (await read(JSON.stringify({ c }), { format: "dsjson" }))[0]!;
  const actions = [
    { _tag: "x", i: { constant: 1 }, j: [{ type: "hot" }, { roast: "dark" }] },
    { _tag: "y", j: [] },
  ];

  test("has objects in lists, which are one: for a spec, too", async () => {
    const { values, shared } = await valuesOf({
      FromUrl: [{ hour: 3, tags: "a" }, { device: "tv", tags: "b" }, null],
      _multi: actions,
    });
    expect(values.context).toEqual({ FromUrl: { hour: 3, tags: ["a", "b"], device: "tv" } });
    expect(values.actions).toEqual([
      { id: "x", features: { i: { constant: 1 }, j: { type: "hot", roast: "dark" } } },
      { id: "y", features: { j: [] } },
    ]);
    expect(shared).toHaveLength(4);
  });

  test("has its actions in a namespace, and namespaces in namespaces", async () => {
    const { values, count } = await valuesOf({ ns: { U: { d: "tv" }, n: 1, W: { U: { e: 2 } }, _multi: actions } });
    expect(count).toBe(2);
    expect(values.context).toEqual({ U: { d: "tv", e: 2 }, ns: { n: 1 } });
    expect(values.actions.map(({ id }) => id)).toEqual(["x", "y"]);
  });

  test("has lists of texts, which are sets", async () => {
    const withTags = (tags: unknown) => valuesOf({ U: { tags }, _multi: [{ I: { tags } }, {}] });
    const [list, again, one] = [await withTags(["a", "b"]), await withTags(["b", "a", "b"]), await withTags("a")];
    expect(list.values).toMatchObject({ context: { U: { tags: ["a", "b"] } }, actions: [{}, {}] });
    expect(new Set(again.shared)).toEqual(new Set(list.shared));
    expect(again.shared).toHaveLength(2);
    expect(list.shared[0]).toBe(one.shared[0]);
    expect(list.actions[0]).toHaveLength(2);
  });

  test("of several slots is read as it is of one", async () => {
    const slots = await read(
      JSON.stringify({
        EventId: "e",
        c: { U: { tags: ["a"] }, _multi: actions, _slots: [{ S: [{ n: "top" }, { m: ["x"] }] }] },
        _outcomes: [{ _label_cost: 0, _a: [0, 1], _p: [0.5, 0.5] }],
      }),
    );
    expect(slots[0]!.values.context).toEqual({ U: { tags: ["a"] }, slot: 0, S: { n: "top", m: ["x"] } });
  });
});

test("gzip is read as text is, also of several parts", async () => {
  expect(await read(gzipSync(text))).toEqual(await read(text));
  const ended = `${text}\n`;
  expect(await read(Buffer.concat([gzipSync(ended), gzipSync(ended)]))).toEqual(await read(ended + ended));
});

describe("gzip", () => {
  const table = "action,probability,reward\n0,0.5,1\n1,0.5,0\n";
  const dsjson = JSON.stringify({ _label_cost: 0, _label_probability: 0.5, _label_Action: 1, c: context });

  test.each([
    ["text", text, {}],
    ["dsjson", dsjson, {}],
    ["a table", table, { actions: 2 }],
  ])("that is cut off anywhere, or damaged, is refused: %s", async (_, content, options) => {
    const whole = gzipSync(content);
    const twice = Buffer.concat([whole, whole]);
    for (const length of [2, 5, 12, whole.length - 9, whole.length - 1, whole.length + 1, twice.length - 1])
      for (const strict of [true, false])
        await expect(readAll(twice.subarray(0, length), { ...options, strict })).rejects.toThrow(
          /unexpected end of file\. The gzip file is cut off.*gzip -t/,
        );
    const damaged = Buffer.from(whole);
    damaged[whole.length - 6]! ^= 255;
    await expect(readAll(damaged, { ...options, strict: false })).rejects.toThrow(
      /incorrect data check\. The gzip file is damaged/,
    );
  });
});

test.each([
  ["a VW label", "shared |a b\n0:x:0.5 |a c\n", "the log, line 2: "],
  ["two costs", "0:1:0.5 |a b\n0:1:0.5 |a c\n\n", "the log, line 2: the costs of two actions"],
  ["a cost without a probability beside another", "0:1:0.5 |a b\n0:1 |a c\n\n", "the log, line 2: a cost has no prob"],
  ["a decimal comma", "|a x:1.5\n|a x:-1,5 y\n\n", 'line 2: the value of "x:-1,5" has a decimal comma'],
  ["a decimal comma without a digit before it", "|a x:,5\n|a b\n\n", 'line 1: the value of "x:,5" has a decimal comma'],
  ["text in Latin-1", Buffer.from("|a city=Z\xfcrich\n|a b\n\n", "latin1"), "the log, line 1: it is not UTF-8"],
  [
    "a JSON decision with two costs",
    '{"_multi": [{"_label": {"cost": 1, "probability": 0.5}}, {"_label": {"cost": 1, "probability": 0.5}}]}',
    "the log, line 1: only one action's cost can be known",
  ],
  ["broken JSON", '{"a": 1,\n', "the log, line 1: it is not JSON"],
  ["an empty list of actions", '{"c": {"_multi": []}}', "the log, line 1: a decision needs a list of actions"],
  [
    "probabilities that do not sum to 1",
    '{"a": [1, 2], "p": [0.5, 0.4], "c": {"_multi": [{}, {}]}}',
    'the log, line 1: "a" and "p"',
  ],
  [
    "a probability too few",
    '{"a": [1, 1], "p": [0.5, 0.5], "c": {"_multi": [{}, {}]}}',
    'the log, line 1: "a" and "p"',
  ],
  [
    "a label that contradicts the list",
    '{"_label_cost": 0, "_label_probability": 0.9, "_label_Action": 1, "a": [1, 2], "p": [0.5, 0.5], "c": {"_multi": [{"x": 1}, {"x": 2}]}}',
    "the log, line 1: the label's probability is",
  ],
  [
    "an Edgewise record with a fault",
    '{"decision": {"task": "rank"}, "value": 1}',
    "the log, line 1: the decision is not valid: ",
  ],
])("%s is refused with its line", async (_, content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});

describe("a line that cannot be used", () => {
  const decision = (cost: number) =>
    JSON.stringify({
      _label_cost: cost,
      _label_probability: 0.5,
      _label_Action: 1,
      a: [1, 2],
      p: [0.5, 0.5],
      c: context,
    });

  test("is left out and named, and the others are read", async () => {
    const { seen, notes } = await readAll(`${decision(0)}\n{"c": 1}\n${decision(-1)}\n${decision(0).slice(0, 40)}`, {
      strict: false,
    });
    expect(seen.map(({ outcome }) => outcome!.reward)).toEqual([0, 1]);
    expect(notes).toEqual([
      expect.stringMatching(
        /^2 lines cannot be used and are left out: the log, line 2: .*; the log, line 4: it is not JSON/,
      ),
    ]);
  });

  test("takes its decision of several lines with it, and no other", async () => {
    const { seen, notes } = await readAll(`0:x:0.5 |a c\n|a d\n\n${text}`, { strict: false });
    expect(seen).toEqual(await read(text));
    expect(notes).toHaveLength(1);
  });

  test.each(['["checkpoint", 1]', '{"RewardValue": 1, "EventId": "e", "EnqueuedTimeUtc": "2026-01-02T03:04:05Z"}'])(
    "of a decision service that is no decision is passed over, strictly or not: %s",
    async (line) => {
      const { seen, notes } = await readAll(`${line}\n${decision(-1)}\n${line}\n`, {});
      expect(seen).toEqual(await read(decision(-1)));
      expect(notes).toEqual([expect.stringMatching(/^2 lines /)]);
    },
  );
});

test("a byte order mark is no part of a log", async () => {
  expect(await read(`\uFEFF${text}`)).toEqual(await read(text));
});

test("a feature and a namespace of one name, and names that objects have, are read as they stand", async () => {
  const [decision] = await read("shared |user age:3 | user |__proto__ seen:1\n0:0:0.5 |a x\n");
  expect(decision!.values.context).toMatchObject({ user: { age: 3 } });
  expect(Object.getOwnPropertyDescriptor(decision!.values.context, "__proto__")?.value).toEqual({ seen: 1 });
  expect(({} as { seen?: number }).seen).toBeUndefined();
});

test("a time without a zone is UTC", async () => {
  const at = async (Timestamp: string) => (await read(JSON.stringify({ Timestamp, c: context })))[0]!.values.at;
  for (const time of [
    "2026-01-02T03:04:05",
    "2026-01-02 03:04:05",
    "2026-01-02T03:04:05Z",
    "2026-01-02T05:04:05+02:00",
  ])
    expect(await at(time)).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
});

test.each([
  ["PK\x03\x04\x14\0", "a zip archive"],
  ["\xfd7zXZ\0", "packed by xz"],
  ["BZh91AY&SY\0\x01", "packed by bzip2"],
  ["\x28\xb5\x2f\xfd\x24", "packed by zstd"],
  ["PAR1\x15\x04", "a Parquet file"],
  ["\xff\xfea\0", "in UTF-16"],
  ["a\0b\0,\0c\0", "in UTF-16"],
  ["\0a\0b\0,\0c", "in UTF-16"],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"],
  ["<!DOCTYPE html>\n<p>|</p>", "HTML or XML"],
  ["ab\0", "zero bytes"],
  ['[{"c": 1}]', "a JSON array"],
  ['{"event": "ranking", "id": "1", "timestamp": "1"}', "Metarank's events"],
  ["a,b\n1,2\n", "none of the formats"],
  ["ccb shared |u a\nccb action |i b\nccb slot 0:-1:1 |s c\n\n", "several slots"],
])("what is no such log is named for what it is: %j", async (content, name) => {
  for (const strict of [true, false])
    await expect(readAll(Buffer.from(content, "latin1"), { strict })).rejects.toThrow(name);
  await expect(readAll(gzipSync(Buffer.from(content, "latin1")), {})).rejects.toThrow(name);
});

describe("a log of several slots", () => {
  const line = (outcomes: object[], slots: object[] = [{ S: { n: "top" } }, { S: { n: "low" } }]): string =>
    JSON.stringify({
      EventId: "e1",
      c: { U: { d: "tv" }, _multi: ["a", "b", "c"].map((k) => ({ I: { k } })), _slots: slots },
      _outcomes: outcomes,
    });
  const top = { _label_cost: -1, _a: [1, 0, 2], _p: [0.6, 0.3, 0.1] };
  const low = { _label_cost: 0, _a: [2, 0], _p: [0.25, 0.75] };

  test("has a decision for each, among the actions that those above left", async () => {
    const [first, second] = (await read(line([top, low]))) as [Seen, Seen];
    expect(first).toMatchObject({ count: 3, outcome: { chosen: 1, reward: 1 } });
    expect(first.probabilities).toEqual([0.3, 0.6, 0.1].map((p) => expect.closeTo(p, 12)));
    expect(second).toMatchObject({ count: 2, outcome: { chosen: 1, reward: 0, propensity: 0.25 } });
    expect(second.probabilities).toEqual([0.75, 0.25]);
    expect(second.values.actions.map(({ features }) => features)).toEqual([{ I: { k: "a" } }, { I: { k: "c" } }]);
    expect(second.values.context).toEqual({ U: { d: "tv" }, slot: 1, S: { n: "low" } });
    // What is shared is the same but for the slot's own.
    expect(first.shared[0]).toBe(second.shared[0]);
    expect(first.shared).not.toEqual(second.shared);
  });

  test("of which one has no cost has no outcome there, and what it took is not there below", async () => {
    const [first, second] = (await read(line([{ ...top, _label_cost: undefined }, low]))) as [Seen, Seen];
    expect([first.outcome, second.count]).toEqual([null, 2]);
  });

  test.each<[string, object[], RegExp]>([
    [
      "a probability for each action",
      [top, { ...low, _p: [0.5, 0.3, 0.2] }],
      /slot 2: "_a" and "_p" must give each of the 2/,
    ],
    ["probabilities that sum to 1", [{ ...top, _p: [0.6, 0.6, 0.1] }, low], /slot 1: .* not to 1\.3/],
    ["an action that is there", [top, { ...low, _a: [1, 0] }], /slot 2: action 1 \(from 0\) was not there/],
    ["no more outcomes than slots", [top, low, low], /outcome for slot 3 of 2/],
  ])("must have %s, or the whole list is left out", async (_, outcomes, problem) => {
    await expect(read(line(outcomes))).rejects.toThrow(problem);
    const { seen } = await readAll(`${line(outcomes)}\n${line([top, low])}`, { strict: false });
    expect(seen).toHaveLength(2);
  });

  test("cannot have more slots than actions, or come twice, and slates are named for what they are", async () => {
    await expect(read(line([top], [{}, {}, {}, {}]))).rejects.toThrow("4 slots cannot be filled with 3 actions");
    await expect(read(`${line([top, low])}\n${line([top, low])}`)).rejects.toThrow("came before");
    const slates = { EventId: "s", c: { _multi: [{ _slot_id: 0 }, { _slot_id: 1 }], _slots: [{}, {}] }, _outcomes: [] };
    await expect(readAll(JSON.stringify(slates), { strict: false })).rejects.toThrow("a log of slates");
  });
});

test("a file that is not there is named", async () => {
  const source = { file: join(scratch, "none"), name: "none", format: null, actions: null, strict: true };
  await expect(readLog(source, () => {})).rejects.toThrow("none cannot be read: ENOENT");
});
