import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { problem } from "../../shared/contract/problem.ts";
import { fetchEdge } from "../testing/edge.ts";

// An isolate that has just begun, and knows no keys yet: the store has been away since before its first request.
const page = { headers: { origin: "https://shop.example" } };
beforeAll(() => {
  vi.spyOn(env.ARTIFACTS, "get").mockRejectedValue(new Error("the store is away"));
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterAll(() => void vi.restoreAllMocks());

test("health answers an isolate's first request while the keys cannot be read, and says that they cannot", async () => {
  for (const init of [{}, page]) {
    const response = await fetchEdge("/health", init);
    const { status, detail } = problem.parse(await response.json());
    expect([response.status, status]).toEqual([503, 503]);
    expect(detail).toContain("the keys cannot be read");
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  }
});

const needingKeys = ["/metrics", "/v1/models"];
test.each(needingKeys)("%s is 503 meanwhile, and says why and when to come again", async (path) => {
  for (const init of [{}, page]) {
    const response = await fetchEdge(path, init);
    expect(response.status).toBe(503);
    expect(problem.parse(await response.json()).detail).toBe(
      "key store does not answer at the moment: try again later",
    );
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  }
});

test("what needs no key is served, also to pages of other origins, which may not read it", async () => {
  const response = await fetchEdge("/openapi.json", page);
  expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([200, null]);
  await response.body?.cancel();
  const asked = { method: "OPTIONS", headers: { ...page.headers, "access-control-request-method": "POST" } };
  expect((await fetchEdge("/v1/batch", asked)).status).toBe(204);
});

test("once they can be read, all is as ever", async () => {
  vi.restoreAllMocks();
  expect((await fetchEdge("/v1/models")).status).toBe(200);
  expect((await fetchEdge("/health", page)).status).toBe(200);
});
