import { beforeAll, describe, expect, test } from "vitest";
import { predictResponse, rankResponse } from "../../shared/contract/calls.ts";
import { defineModel, lastSeenAgo, predict, rank, seen, text, timesSeen } from "../../shared/contract/define.ts";
import { MAX_STRING_LENGTH } from "../../shared/contract/limits.ts";
import { problem } from "../../shared/contract/problem.ts";
import { deployed, send } from "../testing/edge.ts";

const reward = { wait: "1m", default: 0, aggregate: "first" } as const;
const mail = defineModel({
  ...{ name: "mail", task: predict(), features: { context: { message: text("message") } } },
  reward: { ...reward, default: null },
});
const hotels = defineModel({
  ...{ name: "hotels", task: rank(), reward },
  features: {
    action: {
      clicked: seen("click.hotel", "id"),
      times: timesSeen("click.hotel", "id"),
      ago: lastSeenAgo("click.hotel", "id"),
    },
  },
});

beforeAll(() => deployed(mail, hotels), 120_000);

const predicted = (message: unknown) =>
  send("POST", "/v1/models/mail/predict", { unit: "u", context: { message }, explain: 20 });

describe("a text", () => {
  test.each<[what: string, message: unknown, words: unknown[]]>([
    ["in words", "Free MONEY", ["free", "money", "free money"]],
    ["with emoji", "👍🏽 ok 👍🏽", ["👍🏽", "ok", "👍🏽 ok", "ok 👍🏽"]],
    ["with combining marks", "Cafe\u0301 café", ["café", "café café"]],
    ["from right to left", "שלום עולם", ["שלום", "עולם", "שלום עולם"]],
    ["without spaces", "東京へ", ["東", "京", "へ", "東 京", "京 へ"]],
    ["of a number", 12, ["12"]],
    ["of a list", ["a b", "", null, "c"], ["a", "b", "c", "a b"]],
    ["that is empty", "", []],
    ["that is null", null, []],
    ["named as what objects have", "__proto__", ["proto"]],
  ])("%s is read", async (_, message, words) => {
    const { explanation } = predictResponse.parse(await (await predicted(message)).json());
    const parts = explanation!.contributions.flatMap(({ parts }) => parts).filter(({ name }) => name === "message");
    expect(parts.map(({ value }) => value).toSorted()).toEqual(words.toSorted());
  });

  test("as long as any may be is taken", async () => {
    const response = await predicted("x".repeat(MAX_STRING_LENGTH));
    expect(response.status).toBe(201);
    await response.body?.cancel();
  });

  test.each<[what: string, message: unknown, status: number, field: string, says: string]>([
    [
      "longer than any may be",
      "x".repeat(MAX_STRING_LENGTH + 1),
      400,
      "body.context.message",
      "must have at most 262144 characters",
    ],
    ["of a megabyte", "é ".repeat(500_000), 413, "body", ""],
    [
      ...([
        "of more words than there may be",
        Array.from({ length: 20_000 }, (_, i) => i.toString(36)).join(" "),
      ] as const),
      ...([
        422,
        "body.context",
        "makes 40,000 features with the interactions of the spec: at most 32,768 are possible",
      ] as const),
    ],
    [
      "in an object of objects",
      { a: { b: "c" } },
      400,
      "body.context.message.a",
      "must be a number, a text, true, false or null, or a list of such",
    ],
  ])("%s is refused, and says what and where", async (_, message, status, field, says) => {
    const { errors, ...answer } = problem.parse(await (await predicted(message)).json());
    expect(answer.status).toBe(status);
    expect(errors![0]!.field).toBe(field);
    expect(errors![0]!.message).toContain(says);
  });
});

describe("what the session did", () => {
  const ask = (events: unknown, ids = ["a", "b", "7"]) =>
    send("POST", "/v1/models/hotels/rank", { unit: "u", events, actions: ids.map((id) => ({ id })), explain: 20 });

  test("is matched with actions, and told from what it did not", async () => {
    const click = (hotel: unknown, ago: number) => ({ type: "click", at: Date.now() - ago, properties: { hotel } });
    const response = await ask([click("a", 60_000), click(7, 5000), click("a", 1000), click(null, 0), click(["b"], 0)]);
    const { ranking } = rankResponse.parse(await response.json());
    const told = Object.fromEntries(
      ranking.map(({ id, explanation }) => {
        const singles = explanation!.contributions.flatMap(({ parts }) => (parts.length === 1 ? parts : []));
        const value = (feature: string) => singles.find(({ name }) => name === feature)?.value ?? null;
        return [
          id,
          [value("clicked"), value("times"), value("ago") === null ? null : Math.floor(value("ago") as number)],
        ];
      }),
    );
    expect(told).toEqual({ a: [1, 2, 1], b: [0, 0, null], 7: [1, 1, 5] });
  });

  test.each<[what: string, events: unknown, field: string]>([
    ["of no type", [{ at: 1, properties: { hotel: "a" } }], "body.events[0].type"],
    ["of no time", [{ type: "click", at: "now", properties: {} }], "body.events[0].at"],
    ["that is no list", { click: "a" }, "body.events"],
  ])("%s is refused, and says where", async (_, events, field) => {
    const response = await ask(events);
    expect(response.status).toBe(400);
    expect(problem.parse(await response.json()).errors![0]!.field).toBe(field);
  });
});

test("a spec that cannot be is refused, and says what and where", async () => {
  const deploy = (features: object) =>
    send("POST", "/v1/models/wrong/versions", { spec: { name: "wrong", task: { type: "rank" }, features, reward } });
  const wrong = await deploy({ context: { seen: seen("view.item", "id") } });
  expect(wrong.status).toBe(400);
  expect(problem.parse(await wrong.json()).errors![0]!.field).toMatch(/^body\.spec\.features\.context\.seen/);
  const unnamed = await deploy({ action: { seen: { op: "seen", event: "view", path: "id" } } });
  expect(problem.parse(await unnamed.json()).errors![0]).toEqual({
    field: "body.spec.features.action.seen.event",
    message: 'must be "event.property"',
  });
});
