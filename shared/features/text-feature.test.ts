import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adaptive, auto, defineModel, field, predict, rank, text } from "../contract/define.ts";
import { MAX_FEATURES, MAX_STRING_LENGTH } from "../contract/limits.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { Properties } from "../contract/values.ts";
import { callFeature } from "./call.ts";
import { FeatureBudget, requireLearnable } from "./feature-limit.ts";
import { FeatureParts } from "./feature-parts.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { Featurizer } from "./featurizer.ts";
import { hashFeature, hashNamespace } from "./hash.ts";
import "./other-operators.ts";
import { wordsOf } from "./words.ts";

const compute = callFeature(text("x"));
const of = (x: unknown) => compute({ x } as Properties, { at: 0 });

test("words and pairs of those that follow each other, each once, words first", () => {
  expect(of("Free money, free MONEY now")).toEqual(["free", "money", "now", "free money", "money free", "money now"]);
  expect(of("word")).toEqual(["word"]);
  // Objects have this name anyway.
  expect(of("toString to __proto__")).toEqual(["tostring", "to", "proto", "tostring to", "to proto"]);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["an empty text", ""],
  ["no word", "…!"],
  ["a truth", true],
  ["an object", { y: "word" }],
  ["an empty list", []],
  ["a list without text", [null, false, ""]],
])("%s is missing", (_, x) => {
  expect(of(x)).toBeNull();
});

test("a number is text, and no pair goes from one text of a list to the next", () => {
  expect(of(42)).toEqual(["42"]);
  expect(of(-0.5)).toEqual(["0", "5", "0 5"]);
  expect(of(["red shoes", "blue", null, 7, "red shoes"])).toEqual(["red", "shoes", "blue", "7", "red shoes"]);
});

test("nested properties are read, and nothing that is inherited", () => {
  expect(callFeature(text("mail.subject"))({ mail: { subject: "Hi there" } }, { at: 0 })).toEqual([
    "hi",
    "there",
    "hi there",
  ]);
  expect(callFeature(text("constructor.name"))({}, { at: 0 })).toBeNull();
});

test("is what its definition says, for any text, the first time and again", () => {
  const unit = fc.constantFrom("a", "B", "b", "é", "東", "🎉", " ", ".", "\n", "7");
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 200 }), { minLength: 1, maxLength: 3 }), (texts) => {
      const expected: string[] = [];
      const add = (token: string) => expected.includes(token) || expected.push(token);
      for (const one of texts) wordsOf(one).forEach(add);
      for (const one of texts)
        wordsOf(one).forEach((word, i, all) => {
          if (i > 0) add(`${all[i - 1]} ${word}`);
        });
      const value = texts.length === 1 ? texts[0] : texts;
      for (let again = 0; again < 2; again++) expect(of(value)).toEqual(expected.length > 0 ? expected : null);
    }),
  );
});

const model = (parts: Partial<Parameters<typeof defineModel>[0]>): ModelSpec =>
  defineModel({
    ...{ name: "spam", task: predict(), features: { context: { message: text("message"), day: field("day") } } },
    reward: { wait: "1m", default: null, aggregate: "first" },
    ...parts,
  });

function hashed(spec: ModelSpec, context: Properties, actions: { id: string; features: Properties }[] = []) {
  const input = { at: 0, context, sessionFeatures: {}, profileFeatures: {}, actions, graph: null };
  const decision = new Featurizer(spec).hash(input, new FeatureParts());
  const x = new FeatureBuffer();
  decision.expand(0, x);
  return { decision, x, parts: x.parts!.list };
}

describe("in a model", () => {
  const index = (name: string, word: string) => hashFeature(word, hashFeature(name, hashNamespace("context")));

  test("that predicts with auto, words stand alone, and are explained", () => {
    const { x, parts } = hashed(model({}), { message: "free money", day: "monday" });
    const words = parts.filter((part) => part.some(({ name }) => name === "message"));
    expect(words).toEqual(
      ["free", "money", "free money"].map((value) => [{ namespace: "context", name: "message", value }]),
    );
    const mask = 2 ** 18 - 1;
    const found = Array.from(x.indices.subarray(0, x.singles));
    for (const word of ["free", "money", "free money"]) expect(found).toContain(index("message", word) & mask);
    expect(parts).toHaveLength(x.length);
  });

  test("with another learner, they are joined as the spec says", () => {
    const spec = model({ learner: adaptive(), interactions: [["context", "context"]] });
    // The constant, four features, and their pairs with themselves.
    expect(hashed(spec, { message: "free money", day: "monday" }).x.length).toBe(1 + 4 + 10);
  });

  const ranked = (learner: ModelSpec["learner"] = auto()) =>
    defineModel({
      ...{ name: "search", task: rank(), learner },
      features: {
        context: { query: text("query"), day: field("day") },
        action: { title: text("title"), kind: field("kind") },
      },
      reward: { wait: "1m", default: 0, aggregate: "first" },
    });

  test("that ranks, they are joined with categories and with words, up to a number", () => {
    const action = (title: string) => [{ id: "a", features: { title, kind: "shoe" } }];
    const joined = (query: string, title: string) =>
      hashed(ranked(), { query, day: "monday" }, action(title))
        .parts.filter((part) => part.length === 2)
        .map((part) => part.map(({ value }) => value).join(" + "));
    expect(joined("red shoes", "Red").toSorted()).toEqual(
      [
        ...["monday + red", "monday + shoe", "red + red", "red + shoe", "shoes + red", "shoes + shoe"],
        ...["red shoes + red", "red shoes + shoe", "red + red", "shoe + red", "shoe + shoe"],
      ].toSorted(),
    );
    const long = Array.from({ length: 600 }, (_, i) => `w${i}`).join(" ");
    expect(joined(long, "Red").filter((part) => part.includes("w5 +"))).toEqual([]);
    expect(joined(long, "Red")).toContain("monday + shoe");
  });

  test("an action whose texts have no word is learned by its id", () => {
    const spec = defineModel({
      ...{ name: "titles", task: rank(), features: { action: { title: text("title") } } },
      reward: { wait: "1m", default: 0, aggregate: "first" },
    });
    const values = hashed(spec, {}, [{ id: "a7", features: { title: "…" } }])
      .parts.flat()
      .map(({ value }) => value);
    expect(values).toContain("a7");
  });
});

test("no word is left out: a text of more than there may be is refused, and says so", () => {
  const spec = model({});
  const message = (words: number) => Array.from({ length: words }, (_, i) => i.toString(36)).join(" ");
  const most = hashed(spec, { message: message(MAX_FEATURES / 2) });
  expect(most.x.length).toBe(MAX_FEATURES);
  expect(() => requireLearnable(spec, most.decision, 0)).not.toThrow();
  const { decision } = hashed(spec, { message: message(MAX_FEATURES / 2 + 1) });
  const problem = "context makes 32,770 features with the interactions of the spec: at most 32,768 are possible";
  expect(() => requireLearnable(spec, decision, 0)).toThrow(problem);
  expect(() => new FeatureBudget().take(spec, decision, 1, ({ all }) => all)).toThrow(problem);
});

const longest = (text: string) => text.repeat(MAX_STRING_LENGTH / text.length);

test.each([
  ["one word", longest("x"), 1],
  ["emoji", longest("👨‍👩‍👧"), 2],
  ["no word", longest("\u0301"), null],
  ["marks in the order that takes most to sort", longest("\u0323\u0301"), null],
  ["marks with what is not seen between them", longest(`${"\u0323\u0301".repeat(15)}\u200b\u00ad`), null],
  ["marks with half-width ones, which become marks", longest("\u0323\uff9e"), null],
  ["marks behind a letter", `a${longest("\u0323\u0301").slice(1)}`, 1],
  ["sigmas of which it must be found out whether they end a word", longest("Σ'"), 1],
])("of the longest text, %s, takes a moment", (_, x, count) => {
  const started = performance.now();
  const features = of(x);
  expect(Array.isArray(features) ? features.length : features).toBe(count);
  expect(performance.now() - started).toBeLessThan(2000);
});

test.each<[what: string, x: unknown]>([
  ["two words in turn", longest("ab c")],
  ["one character after the other", longest("東")],
  ["characters that are as long as any when they are folded", longest("\ufdfa")],
  ["words that one character is", longest("㌖")],
  ["a list of many texts", Array.from({ length: 1024 }, () => "a b ".repeat(17).repeat(2))],
])("a value of more words than are looked at, %s, is refused at once, though few are different", (_, x) => {
  const spec = model({});
  const started = performance.now();
  const { decision } = hashed(spec, { message: x } as Properties);
  expect(performance.now() - started).toBeLessThan(2000);
  const problem = /^context makes [\d,]{6,7} features with the interactions of the spec: at most 32,768 are possible$/;
  expect(() => requireLearnable(spec, decision, 0)).toThrow(problem);
  expect(() => new FeatureBudget().take(spec, decision, 1, ({ all }) => all)).toThrow(problem);
});

test("as many words as are looked at are features, each once; one more is too many", () => {
  expect(of("a ".repeat(65_536))).toEqual(["a", "a a"]);
  expect(of(["a ".repeat(65_535), "b"])).toEqual(["a", "b", "a a"]);
  expect(of("a ".repeat(65_537))).toHaveLength(65_537);
  expect(of(["a ".repeat(65_536), "b"])).toHaveLength(65_537);
});
