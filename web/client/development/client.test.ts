import { afterEach, expect, test, vi } from "vitest";
import type { Client } from "../client.ts";
import { fruitModel } from "../testing/deployed.ts";
import { Edge } from "../testing/edge.ts";
import { fruits } from "../testing/models.ts";
import { createClient } from "./client.ts";

/** The real client, with a real edge. */

let client: Client | undefined;
afterEach(async () => {
  await client?.close();
  sessionStorage.clear();
  localStorage.clear();
  vi.restoreAllMocks();
});

test("the console is told once what each name is to the model that decides, and all else is as ever", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const told = () => warn.mock.calls.map(([text]) => String(text)).sort();
  const { name } = await fruitModel("banana");
  client = createClient({ endpoint: (await Edge.start()).endpoint, timeout: 20_000 });
  const visitor = client.openSession();
  for (const session of [client, visitor]) {
    session.track("bite", { knid: "apple" });
    const decision = await session.rank(name, fruits, { context: { saeson: "autumn" } });
    expect(decision.chosen).toBe("banana");
    expect(session.rankSync(name, fruits, { context: { saeson: "autumn" } }).model).toBe(decision.model);
    expect(session.peek(name, fruits).chosen).toBe("banana");
    await decision.reward(1);
  }
  await client.flush();
  expect(client.status()).toMatchObject({ pending: 0 });
  const expected = [
    `edgewise: ${name}: no feature reads "saeson" of the context; feature "season" reads "season" of the context, which no call gave. Is one of the two wrong?`,
    `edgewise: no feature of ${name} reads "knid" of the event "bite"; feature "latest" of ${name} reads "kind", which did not come. Is one of the two wrong?`,
  ];
  await expect.poll(told).toEqual(expected.sort());
});

test("a call that is refused is refused as ever, and nothing is said of it", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  client = createClient({ endpoint: (await Edge.start()).endpoint });
  await expect(client.rank("teasers", [])).rejects.toThrow("actions: must have at least one action");
  expect(() => client!.track("a b")).toThrow("type:");
  expect(() => createClient({ endpoint: "ftp://x" })).toThrow("endpoint:");
  expect(warn).not.toHaveBeenCalled();
});

test("a page's own signals still hear of each spec", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const { name } = await fruitModel("banana");
  const signals = vi.fn();
  client = createClient({ endpoint: (await Edge.start()).endpoint, timeout: 20_000, signals });
  await client.rank(name, fruits);
  expect(signals).toHaveBeenCalledWith(expect.objectContaining({ name }), expect.any(Function), expect.anything());
});
