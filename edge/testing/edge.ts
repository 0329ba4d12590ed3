import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import type { ModelSpec } from "../../shared/contract/spec.ts";

/** Calls of the edge, over HTTP as everybody's. */

export const fetchEdge = (path: string, init?: RequestInit): Promise<Response> =>
  exports.default.fetch(`http://localhost${path}`, init);

/** Sends JSON; a text goes as it is. */
export const send = (
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetchEdge(path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** Deploys specs, each the first version of its model, or live when it has caught up. */
export async function deployed(...specs: ModelSpec[]): Promise<void> {
  for (const spec of specs) {
    const response = await send("POST", `/v1/models/${spec.name}/versions`, { spec });
    expect(response.status).toBe(201);
    await response.body?.cancel();
  }
}
