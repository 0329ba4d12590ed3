import { describe, expect, test } from "vitest";
import type { Example } from "./example.ts";
import { STRINGS } from "./hashing.ts";
import { JsonReader } from "./json.ts";

const mask = 2 ** 18 - 1;
const slot = (example: Example, name: string) => {
  const buffer = example.features(name.charCodeAt(0));
  return Array.from({ length: buffer?.length ?? 0 }, (_, i) => [buffer!.indices[i]! & mask, buffer!.values[i]!]);
};
const read = (object: unknown, chain = false) => new JsonReader("simple", chain).read(JSON.stringify(object));
const decision = (object: unknown) => new JsonReader("bandit", true).readDecision(JSON.stringify(object));

describe("VW's JSON", () => {
  test("has labels of an action, as an object and as text", () => {
    const observed = { action: 2, cost: -1, probability: 0.25 };
    const label = { Action: 2, Cost: -1, Probability: 0.25 };
    for (const _label of ["2:-1:0.25", label]) {
      const { actions } = new JsonReader("bandit", true).read(JSON.stringify({ _multi: [{ x: 1 }, { _label, x: 2 }] }));
      expect(actions.map((action) => action.observed)).toEqual([null, observed]);
    }
  });

  test("has its actions wherever they are", () => {
    const document = { _label_cost: 1, _label_probability: 0.5, _labelIndex: 1, c: { u: { x: 1 }, _multi: [{}, {}] } };
    const { head, actions } = new JsonReader("bandit", true).read(JSON.stringify(document));
    expect(actions.map(({ observed }) => observed?.cost)).toEqual([undefined, 1]);
    expect(slot(head, "u")).toHaveLength(1);
  });

  test("has VW's indices", () => {
    const object = { ns: { s: "str", n: 2, b: true, no: false, zero: 0, none: null }, arr: [5], top: "v" };
    const { head } = read(object);
    expect(slot(head, "n")).toEqual([
      [190035, 1],
      [168320, 2],
      [50664, 1],
    ]);
    expect(slot(head, "a")).toEqual([[19604, 5]]);
    expect(slot(head, " ")).toEqual([[128264, 1]]);
    const chained = read(object, true).head;
    expect(slot(chained, "n")[0]).toEqual([140970, 1]);
    expect(slot(chained, " ")).toEqual([[119317, 1]]);
  });

  test("keeps features in the order of the line, also those named by numbers", () => {
    const { head } = new JsonReader("simple", false).read(
      '{"n": {"b": 1, "7" : 2, "a\\"5\\"": 3, "5":4, "s": "\\"6\\":"}}',
    );
    expect(slot(head, "n").map(([, value]) => value)).toEqual([1, 2, 3, 4, 1]);
    expect(slot(head, "n")[1]).toEqual(slot(read({ n: { 7: 2 } }).head, "n")[0]);
  });

  test("takes both parts of a namespace that comes twice, and both values of a key", () => {
    const reader = new JsonReader("simple", false);
    const twice = reader.read('{"n":{"a":1},"t":"x","n":{"b":2,"a":4},"t":"y"}').head;
    expect(slot(twice, "n").map(([, value]) => value)).toEqual([1, 2, 4]);
    expect(slot(twice, " ")).toEqual([...slot(read({ t: "x" }).head, " "), ...slot(read({ t: "y" }).head, " ")]);
    const { actions } = new JsonReader("bandit", false).read('{"_multi":[{"x":{"a":1},"x":{"b":1}},{"x":{"a":1}}]}');
    expect(actions.map((action) => slot(action, "x").length)).toEqual([2, 1]);
  });

  test("escapes what separates words in text", () => {
    expect(slot(read({ n: { s: "a b\tc|d:e" } }).head, "n")).toEqual(slot(read({ n: { s: "a_b_c_d_e" } }).head, "n"));
  });

  test("takes words of _text, and ignores other keys that begin so", () => {
    const { head } = read({ n: { _text: "big  cat", _hidden: 1, _more: { x: 1 } } });
    expect(slot(head, "n")).toEqual(slot(read({ n: { big: true, cat: true } }).head, "n"));
  });

  test("may have lists of texts, where they are sets: each is what the key would be with it", () => {
    const reader = new JsonReader("simple", true, STRINGS, "sets");
    const twice = reader.read('{"n":{"t":"a b","t":"3","t":"true"}}').head;
    const { head } = reader.read('{"n":{"t":["a b",3,null,"a b",true]}}');
    expect(slot(head, "n")).toEqual(slot(twice, "n"));
    expect(reader.read('{"n":{"t":[]},"m":{"t":[1,2]}}').head.slots).toEqual(["t".charCodeAt(0)]);
    for (const list of ['["a",["b"]]', '["a",{"b":1}]', "[[1],[2]]", '[1,{"b":1}]'])
      expect(() => reader.read(`{"n":{"t":${list}}}`)).toThrow(/the list "t" holds .* under a key of its own/);
  });

  test("has its actions in objects of lists, too", () => {
    const { actions } = new JsonReader("bandit", true).read('{"n":[{"u":{"x":1},"_multi":[{"a":1},{"b":1}]}]}');
    expect(actions).toHaveLength(2);
  });

  test("objects in a list are of its namespace, and their objects of their own", () => {
    const { head } = read({ j: [{ x: 1, Tags: { t: 2 } }, null, { y: 3 }] });
    expect(slot(head, "j")).toEqual(slot(read({ j: { x: 1, y: 3 } }).head, "j"));
    expect(slot(head, "T")).toEqual(slot(read({ Tags: { t: 2 } }).head, "T"));
  });

  test("has labels", () => {
    expect(read({ _label: 2 }).head.label).toBe(2);
    expect(read({ _label: "1 3 0.5" }).head).toMatchObject({ label: 1, importance: 3, base: 0.5 });
    expect(read({ _label: { Label: -1, Weight: 2, Initial: 1 } }).head).toMatchObject({
      label: -1,
      importance: 2,
      base: 1,
    });
    const bandit = new JsonReader("bandit", false).read(
      JSON.stringify({
        _labelIndex: 1,
        _label_Cost: -1,
        _label_Probability: 0.5,
        _multi: [{ x: 1 }, { y: 1 }],
        s: { z: 1 },
      }),
    );
    expect(bandit.actions.map(({ observed }) => observed)).toEqual([null, { action: 0, cost: -1, probability: 0.5 }]);
    expect(slot(bandit.head, "s")).toHaveLength(1);
    expect(slot(bandit.actions[1]!, " ")).toHaveLength(1);
  });

  test("of a decision has its label beside the features", () => {
    const base = {
      _label_cost: 1,
      _label_probability: 0.25,
      _label_Action: 2,
      a: [2, 1],
      c: { _multi: [{ x: 1 }, {}] },
    };
    const { head, actions, learn } = decision({ ...base, pdrop: 0.5 });
    expect(learn).toBe(true);
    expect(head.importance).toBe(2);
    expect(actions[1]!.observed).toEqual({ action: 2, cost: 1, probability: 0.25 });
    expect(decision({ ...base, _skipLearn: true }).learn).toBe(false);
  });

  test.each([
    ["{", /it is not JSON/],
    ["[1]", /it is not a JSON object/],
    ['{"a":["x"]}', /the list "a" holds "x", .*: write it as \{"a":\{"x":true\}\}/],
    ['{"a":[false]}', /the list "a" holds false, .*: write it as \{"a":\{"false":true\}\}/],
    ['{"a":[[1]]}', /the list "a" holds a list/],
    ['{"_multi":3}', /"_multi" is not a list/],
    ['{"_label":{"Cost":1}}', /the label has no number "probability"/],
    ['{"_label_cost":1,"_label_probability":1,"_labelIndex":3,"_multi":[{}]}', /the label is for action 4 of 1/],
  ])("%s is refused", (line, message) => {
    expect(() => new JsonReader("bandit", false).read(line)).toThrow(message);
  });

  test("a decision without features is refused", () => {
    expect(() => decision({ a: 1 })).toThrow('there is no object "c"');
    expect(() => decision({ c: {}, pdrop: 1 })).toThrow("the probability of a drop must be from 0 to below 1, not 1");
  });
});
