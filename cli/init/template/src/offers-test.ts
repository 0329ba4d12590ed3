import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClient } from "edgewise/testing";
import spec from "../models/my-project.ts";
import { nextOffer } from "./offers.ts";

test("offers what the model chose, and says what was answered", async () => {
  const client = createTestClient({ choices: { "my-project": "lemonade" } });
  const { offer, answer } = nextOffer(client, "phone");
  assert.equal(offer.title, "A glass of lemonade");
  await answer(true);
  assert.deepEqual(
    client.recorded.feedback.map(({ model, value }) => ({ model, value })),
    [{ model: "my-project", value: 1 }],
  );
  assert.deepEqual(client.recorded.events, [{ type: "answer", properties: { kind: "cold" } }]);
});

test("the page names the model that is deployed", () => {
  assert.equal(spec.name, "my-project");
});
