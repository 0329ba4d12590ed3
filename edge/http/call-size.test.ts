import { beforeAll, describe, expect, test } from "vitest";
import { rankResponse } from "../../shared/contract/calls.ts";
import {
  adaptive,
  defineModel,
  epsilonGreedy,
  factorised,
  field,
  lastSeenAgo,
  predict,
  rank,
  seen,
  text,
  timesSeen,
} from "../../shared/contract/define.ts";
import { MAX_BODY_BYTES, MAX_EXPLAINED, MAX_STRING_LENGTH } from "../../shared/contract/limits.ts";
import { problem } from "../../shared/contract/problem.ts";
import { deployed, send } from "../testing/edge.ts";

const features = { context: { tags: field("tags") }, action: { tags: field("tags") } };
const model = (name: string, rest: Partial<Parameters<typeof defineModel>[0]>) =>
  defineModel({
    ...{ name, task: rank(), features, reward: { wait: "1m", default: 0, aggregate: "first" } },
    ...{ policy: epsilonGreedy({ epsilon: 0.2 }), learner: adaptive({ bits: 12 }) },
    ...rest,
  });
const pairs = model("pairs", { interactions: [["context", "action"]] });
const triples = model("triples", { interactions: [["context", "action", "action"]] });
const all = model("all", { interactions: [["context", "action"]], reduction: "dr" });
const factors = model("factors", { learner: factorised({ bits: 10, rank: 4 }) });
/** Reads texts, and what the session did with an action. */
const read = model("read", {
  features: {
    context: { query: text("query") },
    action: {
      ...{ title: text("title"), tags: text("tags"), seen: seen("view.item", "tags") },
      ...{ times: timesSeen("view.item", "tags"), last: lastSeenAgo("view.item", "tags") },
    },
  },
});
const spam = defineModel({
  ...{ name: "spam-or-not", task: predict(), features: { context: { message: text("message") } } },
  reward: { wait: "1m", default: null, aggregate: "first" },
});

const strings = (n: number, seed: string) => Array.from({ length: n }, (_, i) => `${seed}${i}`);
const call = (actions: number, strung: number, rest: object = {}) => ({
  unit: "u",
  context: { tags: strings(64, "context") },
  actions: Array.from({ length: actions }, (_, i) => ({
    id: `a${i}`,
    features: { tags: strings(strung, `${i % 9}action`) },
  })),
  ...rest,
});
const ask = (name: string, body: unknown) => send("POST", `/v1/models/${name}/rank`, body);

describe("a call", () => {
  beforeAll(() => deployed(pairs, triples, all, factors, read, spam), 30_000);

  test("of 715 kB, 900 actions with lists of 64 strings, is answered; what is shown of it is explained", async () => {
    const body = JSON.stringify(call(900, 64, { explain: 1 }));
    expect(body.length).toBeGreaterThan(600_000);
    const { ranking } = rankResponse.parse(await (await ask("pairs", body)).json());
    expect(ranking).toHaveLength(900);
    expect(ranking.map(({ explanation }) => explanation !== undefined)).toEqual(
      ranking.map((_, i) => i < MAX_EXPLAINED),
    );
    expect(ranking[0]!.explanation!.others.count).toBe(64 * 64 + 64 + 64);
  });

  test.each<[what: string, model: string, body: object, place: string, message: string]>([
    [
      ...(["whose action has too many features", "triples", call(30, 64)] as const),
      ...([
        "body.actions[0]",
        "makes 133,249 features with the interactions of the spec: at most 32,768 are possible",
      ] as const),
    ],
    [
      ...([
        "whose slots have too many together",
        "pairs",
        call(400, 64, { slots: strings(20, "").map(() => ({})) }),
      ] as const),
      ...([
        "body.actions",
        "make more features than one call may have: at most 16,777,216 of all actions, slots and heads together",
      ] as const),
    ],
    [
      ...(["that its model's learners could not learn", "all", call(200, 64)] as const),
      ...([
        "body.actions",
        "make more features than can be learned: at most 1,048,576 of all actions and 2 learners together",
      ] as const),
    ],
    [
      ...([
        "whose lists are longer than any may be",
        "pairs",
        { unit: "u", actions: Array(300_000).fill([]) },
      ] as const),
      ...(["body.actions", "must have at most 1024 items"] as const),
    ],
    [
      "with a hundred thousand wrong values",
      "pairs",
      {
        unit: "u",
        actions: strings(400, "").map((_, i) => ({ id: `a${i}`, features: { tags: Array(256).fill([]) } })),
      },
      "body.actions[0].features.tags[0]",
      "must be a number, a text, true, false or null",
    ],
  ])("%s is refused, and says what and where", async (_, name, body, field, message) => {
    const response = await ask(name, body);
    const { errors, status } = problem.parse(await response.json());
    expect([400, 422]).toContain(status);
    expect(errors![0]).toEqual({ field, message });
    expect(errors!.length).toBeLessThanOrEqual(20);
  });

  const longest = (one: string) => one.repeat(MAX_STRING_LENGTH / one.length);

  test.each([
    ["the same words again and again", longest("a ")],
    ["a character that becomes eighteen", longest("\ufdfa")],
    ["a character that becomes a word", longest("㌖")],
    ["characters that are words", longest("東")],
  ])("with a text of the greatest length, %s, is refused for what it is", async (_, message) => {
    const response = await send("POST", "/v1/models/spam-or-not/predict", { unit: "u", context: { message } });
    const { errors, status } = problem.parse(await response.json());
    expect(status).toBe(422);
    expect(errors![0]!.field).toBe("body.context");
    expect(errors![0]!.message).toMatch(/^makes [\d,]+ features/);
  });

  test("with a text of the greatest length of marks, which take longest to sort, is answered", async () => {
    const body = { unit: "u", context: { message: longest("\u0323\u0301") } };
    expect((await send("POST", "/v1/models/spam-or-not/predict", body)).status).toBe(201);
  });

  test("with texts and matches of all its actions is answered, and in slots up to what these can look at", async () => {
    const event = (i: number) => ({ type: "view", at: i, properties: { item: `t${i % 64}` } });
    const texts = (slots: number) => ({
      unit: "u",
      context: { query: "a b ".repeat(1000) },
      events: Array.from({ length: 1000 }, (_, i) => event(i)),
      actions: Array.from({ length: 100 }, (_, i) => ({
        id: `a${i}`,
        features: { title: `${i} again `.repeat(600), tags: strings(64, "t") },
      })),
      slots: Array.from({ length: slots }, () => ({})),
    });
    expect(JSON.stringify(texts(20)).length).toBeLessThan(MAX_BODY_BYTES);
    const three = await ask("read", texts(3));
    expect(three.status).toBe(201);
    expect(rankResponse.parse(await three.json()).slots).toHaveLength(3);
    const twenty = await ask("read", texts(20));
    const { errors } = problem.parse(await twenty.json());
    expect([twenty.status, errors![0]!.field]).toEqual([422, "body.slots"]);
    expect(errors![0]!.message).toMatch(
      /^look at [\d,]+ characters of texts together: at most 2,097,152 are possible$/,
    );
  });

  test("that makes few features is answered by the same models", async () => {
    for (const name of ["pairs", "triples", "all", "factors"]) {
      const response = await ask(name, call(100, 5, { explain: 3 }));
      expect(response.status).toBe(201);
      await response.body?.cancel();
    }
  });
});
