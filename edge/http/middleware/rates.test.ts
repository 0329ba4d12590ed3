import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Problem } from "../../../shared/contract/problem.ts";
import { call, makeKey } from "../../testing/keys.ts";
import { rankModel } from "../../testing/models.ts";
import { ADDRESS_RATE, KEY_BURST } from "../limits.ts";

let secret: string;
beforeAll(async () => {
  secret = (await makeKey({ kind: "secret" })).key;
});

/** The answers' statuses of so many calls that come at once. */
const statuses = async (n: number, ask: () => Promise<Response>): Promise<number[]> => {
  const result: number[] = [];
  // No more at once than an isolate has room for.
  for (let sent = 0; sent < n; sent += 50) {
    const answers = await Promise.all(Array.from({ length: Math.min(50, n - sent) }, ask));
    for (const answer of answers) {
      result.push(answer.status);
      await answer.body?.cancel();
    }
  }
  return result;
};
/** No time goes by, however slow the machine is: buckets are not filled again, and no call is late. */
const stopClock = () => vi.spyOn(Date, "now").mockReturnValue(Date.now());
afterEach(() => {
  vi.restoreAllMocks();
});
const count = (list: number[], status: number) => list.filter((one) => one === status).length;

test("an address may call only so often, and another is not held up by it", async () => {
  const from = (address: string) => () =>
    exports.default.fetch(
      new Request("http://localhost/v1/directory", {
        headers: { authorization: `Bearer ${secret}`, "cf-connecting-ip": address },
        cf: { colo: "FRA" },
      } as RequestInit),
    );
  stopClock();
  const loud = await statuses(ADDRESS_RATE.burst + 500, from("203.0.113.7"));
  expect(count(loud, 200)).toBe(ADDRESS_RATE.burst);
  expect(count(loud, 429)).toBe(500);
  expect(await statuses(50, from("203.0.113.8"))).toEqual(Array(50).fill(200));
});

test("a key with a rate may call only so often, and another is not held up by it", async () => {
  const made = await call("POST", "/v1/keys", { key: secret, body: { kind: "secret", models: ["m"], rate: 60 } });
  const { key } = (await made.json()) as { key: string };
  stopClock();
  const loud = await statuses(50, () => call("GET", "/v1/directory", { key }));
  // One a second, and what it may use up at once.
  expect(count(loud, 200)).toBe(KEY_BURST);
  expect(count(loud, 429)).toBe(50 - KEY_BURST);
  expect(await statuses(50, () => call("GET", "/v1/directory", { key: secret }))).toEqual(Array(50).fill(200));

  const away = await call("GET", "/v1/directory", { key });
  expect(away.status).toBe(429);
  expect(Number(away.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(((await away.json()) as Problem).detail).toContain("too much from this key");
});

test("a page's socket counts for the network that it comes from, whatever the page says", async () => {
  const spec = rankModel();
  await call("POST", `/v1/models/${spec.name}/versions`, { key: secret, body: { spec } });
  const origin = "https://shop.example.com";
  const { key } = await makeKey({ kind: "publishable", models: [spec.name], origins: [origin] }, secret);
  const open = (headers: Record<string, string>, cf?: object) =>
    exports.default.fetch(
      new Request(`http://localhost/v1/models/${spec.name}/live?version=1&key=${key}`, {
        headers: { upgrade: "websocket", origin, "edgewise-network": "198.51.100.0/24", ...headers },
        ...(cf && { cf }),
      } as RequestInit),
    );
  for (const response of [await open({ "cf-connecting-ip": "203.0.113.7" }, { colo: "FRA" }), await open({})]) {
    expect(response.status).toBe(101);
    response.webSocket!.accept();
  }
  const ofNetwork = (network: string) =>
    runInDurableObject(
      env.CHANNEL.getByName(`${spec.name}/0`),
      (_, state) => state.getWebSockets(`network:${network}`).length,
    );
  expect([await ofNetwork("203.0.113.0/24"), await ofNetwork("198.51.100.0/24")]).toEqual([1, 0]);
});
