import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { problem } from "../../shared/contract/problem.ts";
import type { Env } from "../env.ts";
import { deployed } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { app } from "./app.ts";

/** A namespace whose objects all answer so. */
const answering = (object: object) => ({ getByName: () => object });

/** How the edge answers with some of its parts otherwise, some times. */
async function answers(path: string, init: RequestInit, parts: object, times: number): Promise<Response[]> {
  const context = createExecutionContext();
  const asked = Array.from({ length: times }, () =>
    app.fetch(new Request(`http://localhost${path}`, init), { ...env, ...parts } as Env, context),
  );
  const all = await Promise.all(asked);
  await waitOnExecutionContext(context);
  return all;
}

const model = rankModel();
beforeAll(() => deployed(model));
const socket = { headers: { upgrade: "websocket" } };
const fullChannel = {
  CHANNEL: answering({
    fetch: async () => new Response("this channel has as many pages as it can hold", { status: 503 }),
  }),
};

test.each([
  [
    ...(["a page that finds its channel full", `/v1/models/${model.name}/live`, socket, fullChannel] as const),
    ...([503, "this channel has as many pages as it can hold"] as const),
  ],
  [
    ...(["who erases a unit too many", "/v1/units/visitor", { method: "DELETE" }] as const),
    ...([{ REGISTRY: answering({ erase: async () => ({ full: 20_000 }) }) }, 429] as const),
    "path.unit must wait: 20000 units are to be erased first",
  ],
])(
  "%s is told when to come again, not all at once, by a problem document",
  async (_, path, init, parts, status, detail) => {
    const all = await answers(path, init, parts, 20);
    for (const response of all) {
      expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(problem.parse(await response.json()).detail).toBe(detail);
    }
    expect(new Set(all.map(({ headers }) => headers.get("retry-after"))).size).toBeGreaterThan(1);
  },
);
