import { expect, test } from "vitest";
import type { Manifest } from "../shared/contract/manifest.ts";
import type { Problem } from "../shared/contract/problem.ts";
import { countById, readLogs } from "./partition-logs.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

/** More calls at once than the server can take, for a while. What it does a second on which machine, bench/overload.ts says. */

const CALLS = 4000;
const AT_ONCE = 2000;

test("of more calls than it can do a server takes some, sends the others away, says how it is meanwhile, and learns all that it took", async () => {
  const server = await Server.create();
  try {
    await server.start();
    const rank = (id: string) =>
      fetch(`${server.url}/v1/models/home-hero/rank`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ id, unit: id, actions: [{ id: "a" }, { id: "b" }] }),
      });
    const examples = async () =>
      ((await (await fetch(`${server.url}/v1/models/home-hero`)).json()) as Manifest).examples;
    expect((await rank("first")).status).toBe(201);

    const [taken, sentAway]: [string[], Response[]] = [[], []];
    let next = 0;
    const caller = async () => {
      while (next < CALLS) {
        const id = `burst-${next++}`;
        const response = await rank(id);
        if (response.status === 201) taken.push(id);
        else sentAway.push(response);
      }
    };
    const asked: [status: number, body: { status: string | number }][] = [];
    let over = false;
    const asking = (async () => {
      while (!over) {
        const response = await fetch(`${server.url}/health`);
        asked.push([response.status, (await response.json()) as { status: string }]);
      }
    })();
    await Promise.all(Array.from({ length: AT_ONCE }, caller));
    over = true;
    await asking;

    expect(taken.length).toBeGreaterThan(0);
    expect(sentAway.length).toBeGreaterThan(0);
    for (const response of sentAway) {
      expect([response.status, response.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(((await response.json()) as Problem).title).toBe("Unavailable");
    }
    // When to come again is not the same for all.
    expect(new Set(sentAway.map(({ headers }) => headers.get("retry-after"))).size).toBeGreaterThan(1);
    expect(asked.map(([status, { status: said }]) => [status, said])).toEqual(asked.map(() => [200, "ok"]));
    expect(server.output).toContain("Calls are sent away: there are too many");
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^edgewise_front_sent_away_total [1-9]\d*$/m);

    const known = countById(await readLogs(server.url), "decision");
    expect(taken.filter((id) => known.get(id) !== 1)).toEqual([]);
    const before = await examples();
    for (let at = 0; at < taken.length; at += 500) {
      const feedback = taken.slice(at, at + 500).map((id) => ({ id, value: 1, at: Date.now() }));
      const body = JSON.stringify({ format: 2, sentAt: Date.now(), feedback });
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${server.url}/v1/batch`, { method: "POST", headers, body });
      expect([response.status, await response.json()]).toMatchObject([200, { accepted: feedback.length }]);
    }
    await until("all to be learned", async () => ((await examples()) >= before + taken.length ? true : null), 100_000);
  } finally {
    await server.remove();
  }
});
