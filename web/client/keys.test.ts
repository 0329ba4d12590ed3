import { afterEach, expect, test } from "vitest";
import type { Manifest } from "../../shared/contract/manifest.ts";
import { type Client, createClient } from "./client.ts";
import type { LockedEdge } from "./testing/control.ts";
import { askEdge, lockedEdge } from "./testing/edge.ts";
import { fruit, fruits, named } from "./testing/models.ts";

/** A page and its key, at an edge that needs one. */

let client: Client | undefined;
afterEach(() => client?.close());

type MadeKey = { id: string; key: string };
const asked = <T>({ url, rootKey }: LockedEdge, method: string, path: string, body?: object): Promise<T> =>
  askEdge<T>({ of: url, key: rootKey, method, path, ...(body && { body }) });

test("a page with a publishable key decides, is told of snapshots and is learned from; with a revoked one it keeps what it has", async () => {
  const edge = await lockedEdge();
  const spec = named(fruit);
  const { name } = spec;
  await asked(edge, "POST", `/v1/models/${name}/versions`, { spec });
  const rights = { kind: "publishable", models: [name], origins: [location.origin] };
  const { id, key } = await asked<MadeKey>(edge, "POST", "/v1/keys", rights);

  client = createClient({ endpoint: edge.url, key, timeout: 20_000 });
  const snapshots: string[] = [];
  client.on("snapshot", ({ label }) => snapshots.push(label));
  const decision = await client.rank(name, fruits);
  await decision.reward(1, { final: true });
  await client.flush();
  expect(client.status().pending).toBe(0);
  const examples = async () => (await asked<Manifest>(edge, "GET", `/v1/models/${name}`)).examples;
  await expect.poll(examples, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => snapshots.length, { timeout: 20_000 }).toBeGreaterThan(0);

  await asked(edge, "DELETE", `/v1/keys/${id}`);
  const later = await client.rank(name, fruits);
  await later.reward(1);
  await expect(client.flush()).rejects.toThrow();
  expect(client.status().pending).toBe(2);
  await client.close();

  // The next key sends what the page kept.
  const next = await asked<MadeKey>(edge, "POST", "/v1/keys", rights);
  client = createClient({ endpoint: edge.url, key: next.key, timeout: 20_000 });
  await client.flush();
  expect(client.status().pending).toBe(0);
});

test("what is no publishable key is refused at once, and not repeated", () => {
  const secret = `sk_abcdefgh_${"x".repeat(32)}`;
  for (const key of [secret, "pk_live_...", ""])
    expect(() => createClient({ key })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("xxx") }),
    );
  expect(() => createClient({ key: secret })).toThrow("is a secret key, which must not stand in a page");
});
