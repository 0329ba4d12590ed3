import { expect } from "vitest";
import { fetchEdge } from "./edge.ts";

/** Calls of an edge that has keys. */

/** A key that was made, as the edge tells it once. */
export type MadeKey = { id: string; key: string; expiresAt: number | null };

/** Who calls: with which key, and from a page of which origin. */
export type Calling = { key?: string | undefined; origin?: string | null | undefined };

const callHeaders = ({ key, origin }: Calling): Record<string, string> => ({
  ...(key !== undefined && { authorization: `Bearer ${key}` }),
  ...(origin != null && { origin }),
});

/** Sends a request; a body goes as JSON. */
export function call(
  method: string,
  path: string,
  { key, origin, body, headers }: Calling & { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  return fetchEdge(path, {
    method,
    headers: { ...json, ...callHeaders({ key, origin }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Makes a key. @param by the key that makes it; none while there are no keys. */
export async function makeKey(
  asked: { kind: "publishable" | "secret"; models?: string[]; origins?: string[]; expiresAt?: number },
  by?: string,
): Promise<MadeKey> {
  const response = await call("POST", "/v1/keys", { key: by, body: asked });
  expect(response.status).toBe(201);
  return response.json();
}

/** Status and the places that a problem names. */
export async function answerOf(response: Response): Promise<{ status: number; fields: string[] }> {
  const { status } = response;
  const problem = status >= 400 ? ((await response.json()) as { errors?: { field: string }[] }) : {};
  await response.body?.cancel().catch(() => {});
  return { status, fields: (problem.errors ?? []).map(({ field }) => field) };
}
