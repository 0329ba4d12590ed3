import fc from "fast-check";
import { expect, test } from "vitest";
import { predictRequest, rankRequest } from "../../shared/contract/calls.ts";
import { actions as actionsSchema, feedbackRecord, sessionEvent } from "../../shared/contract/record.ts";
import { key, modelName, type Properties, properties as propertiesSchema } from "../../shared/contract/values.ts";
import { createServerClient } from "./bindings/server.ts";
import {
  checkActions,
  checkDecisionId,
  checkEndpoint,
  checkEventType,
  checkExplain,
  checkFeedbackValue,
  checkKey,
  checkModel,
  checkProperties,
  checkSlots,
  checkTime,
} from "./check.ts";
import { createClient } from "./client.ts";
import { createClient as createInDevelopment } from "./development/client.ts";
import { startingModels } from "./starting-models.ts";

/** The page's checks stand in for the schemas, so they must accept what those accept and nothing else. */

const accepts = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return false;
  }
};

const name = fc.oneof(
  fc.string(),
  fc.constantFrom("", "a", "a.b", "home-hero", "Home", "9x", "x\u0000", "tab\t", "é", "x".repeat(64), "x".repeat(129)),
);
const scalar = fc.oneof(
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "x".repeat(2 ** 18 + 1),
    1n,
    Symbol.iterator,
    new Date(0),
    new Map(),
  ),
);
const list = fc.oneof(
  fc.array(scalar, { maxLength: 4 }),
  fc.constant(Array(1025).fill(0)),
  fc.constant(Array(256).fill("")),
);
const nested = fc.dictionary(name, fc.oneof(scalar, list, fc.dictionary(name, scalar, { maxKeys: 2 })), { maxKeys: 3 });
const properties = fc.oneof(
  fc.dictionary(name, fc.oneof(scalar, list, nested), { maxKeys: 5 }),
  fc.constantFrom(
    null,
    7,
    "text",
    [],
    new Date(0),
    Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`p${i}`, i])),
  ),
);

test("properties are accepted as the schema accepts them", () => {
  fc.assert(
    fc.property(properties, (value) => {
      expect(accepts(() => checkProperties("context", value))).toBe(propertiesSchema.safeParse(value).success);
    }),
    { numRuns: 2000 },
  );
});

test("actions are accepted as the schema accepts them", () => {
  const action = fc.record({ id: fc.oneof(name, fc.constantFrom("same")), features: properties });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 4 }), (list) => {
      expect(accepts(() => checkActions(list))).toBe(actionsSchema.safeParse(list).success);
    }),
    { numRuns: 1000 },
  );
});

test("slots are accepted as the schema accepts them", () => {
  const base = { unit: "u", actions: [{ id: "a" }] };
  fc.assert(
    fc.property(fc.oneof(fc.array(properties, { maxLength: 3 }), scalar), nested, (slots, context) => {
      // A number of slots is the page's own short form.
      if (typeof slots === "number" || slots === undefined) return;
      const accepted = rankRequest.safeParse({ ...base, context, slots }).success;
      fc.pre(propertiesSchema.safeParse(context).success);
      expect(accepts(() => checkSlots(slots, context as Properties))).toBe(accepted);
    }),
    { numRuns: 1000 },
  );
  expect(checkSlots(2, {})).toEqual([{}, {}]);
  for (const number of [0, 21, -1, 1.5, Number.NaN]) expect(accepts(() => checkSlots(number, {}))).toBe(false);
});

test("names, event types, times and values are accepted as their schemas accept them", () => {
  fc.assert(
    fc.property(fc.oneof(name, scalar), (value) => {
      expect(accepts(() => checkModel(value))).toBe(modelName.safeParse(value).success);
      expect(accepts(() => checkKey("unit", value))).toBe(key.safeParse(value).success);
      const { type, at } = sessionEvent.shape;
      expect(accepts(() => checkEventType(value))).toBe(type.safeParse(value).success);
      expect(accepts(() => checkTime("at", value))).toBe(at.safeParse(value).success);
      const feedback = feedbackRecord.shape;
      expect(accepts(() => checkDecisionId(value))).toBe(feedback.id.safeParse(value).success);
      expect(accepts(() => checkFeedbackValue(value))).toBe(feedback.value.safeParse(value).success);
      if (value !== undefined)
        expect(accepts(() => checkExplain(value))).toBe(predictRequest.shape.explain.safeParse(value).success);
    }),
    { numRuns: 2000 },
  );
});

test("what is wrong is named by its place", () => {
  const one = { id: "a", features: {} };
  expect(() => checkActions([])).toThrow("actions: must have at least one action");
  expect(() => checkActions([one, { id: "b" }, one])).toThrow('actions[2].id: "a" is already the id of action 0');
  expect(() => checkActions([one, { id: "b", features: { x: { y: [1, Number.NaN] } } }])).toThrow(
    "actions[1].features.x.y[1]: must be a finite number, not NaN",
  );
  expect(() => checkActions(Array.from({ length: 1001 }, (_, i) => ({ id: `a${i}` })))).toThrow("at most 1000");
});

test("of an action only id and features are read", () => {
  const card = { id: "a", features: { x: 1 }, element: document.body };
  expect(checkActions([card])).toEqual([{ id: "a", features: { x: 1 } }]);
});

test("an endpoint that cannot be right is refused by name, and no secret in it is repeated", () => {
  const page = "https://shop.example/films/";
  expect(checkEndpoint("https://learn.example.com/", page)).toBe("https://learn.example.com");
  expect(checkEndpoint("/", page)).toBe("https://shop.example");
  expect(checkEndpoint("/learn/", page)).toBe("https://shop.example/learn");
  for (const wrong of [
    "localhost:8787",
    "ftp://h",
    "https://",
    "file:///etc",
    7,
    null,
    "https://h/?key=s3cret",
    "https://h/#s3cret",
    "https://u:s3cret@h",
  ]) {
    expect(() => checkEndpoint(wrong, page)).toThrow(/^endpoint: must (be an address|have no query)/);
    expect(() => checkEndpoint(wrong, page)).not.toThrow(/s3cret/);
  }
  // On a server there is nothing that a path could be relative to.
  expect(checkEndpoint("https://h/", undefined)).toBe("https://h");
  expect(() => checkEndpoint("/edge", undefined)).toThrow(
    "endpoint: must be an address with http:// or https://: there is no page here",
  );
});

test("what is passed in is copied, also through proxies as frameworks make them, and a name like any other stays one", () => {
  const observed = (value: unknown): unknown =>
    typeof value === "object" && value !== null
      ? new Proxy(value, { get: (target, name) => observed(Reflect.get(target, name)) })
      : value;
  const own = JSON.parse(
    '[{"id":"a","features":{"kind":"drama","tags":["x","y"],"geo":{"country":"pt"},"__proto__":1}}]',
  );
  const taken = checkActions(observed(own));
  expect(structuredClone(taken)).toEqual(own);
  expect(Object.keys(taken[0]!.features)).toContain("__proto__");
  own[0].features.tags.push("z");
  own[0].features.geo.country = "es";
  expect(taken[0]!.features).toMatchObject({ tags: ["x", "y"], geo: { country: "pt" } });
});

const problem = { type: "about:blank", title: "Not found", status: 404, detail: "There is no model x" };
test.each([
  ["timeout", [Number.POSITIVE_INFINITY, 2 ** 31, Number.NaN, -1, "300", null]],
  ["decisions", [null, problem, [problem], [null], "[]"]],
  ["models", [null, [], "{}", true]],
  ["signals", [true, {}, null, "page-dwell"]],
  ["graphs", [true, {}, null]],
  ["consent", [null, true, "yes"]],
  ["key", [null, 5, "sk"]],
  ["unit", [null, 5, ""]],
  ["endpoint", [null, 5, "ftp://h", "https://h/?key=a", "https://a:b@h", "http://["]],
])("an option that cannot be right is refused by its name: %s", (option, values) => {
  for (const value of values) {
    const wrong = { endpoint: "https://edge.example", [option]: value } as object;
    const refusal = expect.objectContaining({ code: "invalid", message: expect.stringMatching(`^${option}: `) });
    expect(() => createClient(wrong), String(value)).toThrow(refusal);
    expect(() => createInDevelopment(wrong), String(value)).toThrow(refusal);
  }
});

test("what is wrong with a call's time is refused, too", async () => {
  const client = createClient({ endpoint: "https://edge.invalid", consent: "denied" });
  const actions = [{ id: "a" }];
  for (const stickyFor of [Number.POSITIVE_INFINITY, 0, "1d" as unknown as number])
    expect(() => client.rankSync("home", actions, { sticky: "unit", stickyFor })).toThrow(/^stickyFor: /);
  await expect(client.rank("home", actions, { timeout: Number.POSITIVE_INFINITY })).rejects.toThrow(/^timeout: /);
  await client.close();
});

test("a server's endpoint that is none is refused without what it says", async () => {
  for (const endpoint of ["https://h/?key=sk_secret", "https://a:sk_secret@h", "h:8787/?key=sk_secret", 5]) {
    const given = { endpoint: endpoint as string, models: ["home"] };
    for (const refused of [async () => createServerClient(given), () => startingModels(given)]) {
      const error = await refused().then(
        () => null,
        (error: unknown) => error as TypeError,
      );
      expect(error, String(endpoint)).toMatchObject({ code: "invalid", message: expect.stringMatching(/^endpoint: /) });
      expect(JSON.stringify([error!.message, error])).not.toContain("sk_secret");
    }
  }
  expect(() => createServerClient({ endpoint: "https://h", timeout: Number.POSITIVE_INFINITY })).toThrow(/^timeout: /);
});
