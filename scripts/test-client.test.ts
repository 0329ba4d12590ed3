import { expect, test, vi } from "vitest";
import { rudderIntegration, segmentPlugin } from "../web/client/bindings/segment.ts";
import { createTestClient } from "../web/client/bindings/test-client.ts";

const films = [{ id: "m1" }, { id: "m2" }, { id: "m3" }];

test("a test's client chooses what the test says, and remembers what it was told", async () => {
  const client = createTestClient({
    choices: { hero: "m2", shelf: ["m3", "m1"], turned: (actions) => actions.map(({ id }) => id).reverse() },
    predictions: { intent: 0.7 },
  });
  expect(client.rankSync("hero", films).chosen).toBe("m2");
  const shelf = await client.rank("shelf", films, { slots: 2, context: { hour: 8 } });
  expect(shelf.slots!.map(({ chosen }) => chosen)).toEqual(["m3", "m1"]);
  expect(client.peek("turned", films).ranking.map(({ id }) => id)).toEqual(["m3", "m2", "m1"]);
  expect(client.rankSync("another", films).chosen).toBe("m1");
  expect((await client.predict("intent")).value).toBe(0.7);
  client.track("view", { item: "m1" });
  await shelf.slots![1]!.reward(0.5);
  await shelf.shown();
  await shelf.shown();
  expect(client.recorded).toMatchObject({
    decisions: [
      { model: "hero", chosen: "m2" },
      { model: "shelf", chosen: "m3", context: { hour: 8 } },
      { model: "another", chosen: "m1" },
    ],
    feedback: [{ id: "test.1.1", model: "shelf", value: 0.5, final: false }],
    events: [{ type: "view", properties: { item: "m1" } }],
    shown: ["test.1"],
  });
  expect(() => client.rankSync("hero", [])).toThrow(TypeError);
});

test("Segment's calls become events and feedback, as the mapping says, and never fail over us", () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const client = createTestClient();
  const plugin = segmentPlugin(client, {
    events: { "Product Viewed": { type: "view", properties: { item: "product_id" } }, page: { type: "page" } },
    feedback: { "Order Completed": { model: "hero", value: ({ revenue }) => Number(revenue) / 100, final: true } },
  });
  const decision = client.rankSync("hero", films);
  const told = (event: string, properties: Record<string, unknown>) => plugin.track({ event: { event, properties } });
  told("Product Viewed", { product_id: "p1", nested: { a: 1 } });
  told("Something Else", {});
  told("Order Completed", { revenue: 50 });
  told("Order Completed", { revenue: 10, decision_id: "other.3" });
  told("Order Completed", { revenue: "no number" });
  plugin.page({ event: { name: "Home", properties: { path: "/", tags: ["a", 1], deep: { a: 1 } } } });
  plugin.identify({ event: { userId: "u7" } });
  // Who was known already, and who logs out, its calls do not tell.
  let loggedOut = () => {};
  const on = (_: "reset", listener: () => void) => {
    loggedOut = listener;
  };
  const analytics = { on, user: () => ({ id: () => "u8" }) };
  void plugin.load({}, analytics);
  loggedOut();
  told("Order Completed", { revenue: 70 });
  expect(client.recorded).toMatchObject({
    events: [
      { type: "view", properties: { item: "p1" } },
      { type: "page", properties: { name: "Home", path: "/", tags: ["a", 1] } },
    ],
    feedback: [
      { id: decision.id, value: 0.5, final: true },
      { id: "other.3", value: 0.1 },
    ],
    units: ["u7", "u8", undefined],
  });
  expect(client.recorded.feedback).toHaveLength(2);
});

test("RudderStack's calls do the same", () => {
  const client = createTestClient();
  const { isReady, identify, page, track } = rudderIntegration(client, {
    events: { Viewed: { type: "view" }, page: { type: "page" } },
    feedback: { Ordered: { model: "hero" } },
  });
  const rudder = [{}, {}] as const;
  identify(...rudder, { message: { userId: "u7" } });
  const decision = client.rankSync("hero", films);
  track(...rudder, { message: { event: "Viewed", properties: { item: "p1" } } });
  page(...rudder, { message: { name: null, properties: { path: "/" } } });
  track(...rudder, { message: { event: "Ordered" } });
  expect(isReady()).toBe(true);
  expect(client.recorded).toMatchObject({
    events: [
      { type: "view", properties: { item: "p1" } },
      { type: "page", properties: { path: "/" } },
    ],
    feedback: [{ id: decision.id, value: 1 }],
    units: ["u7"],
  });
});
