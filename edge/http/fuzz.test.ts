import { expect, test } from "vitest";
import { FUZZED, FUZZED_PREDICT, KNOWN } from "../../conformance/requests/known.ts";
import { type ApiDocument, Requests } from "../../conformance/requests/requests.ts";
import { deployed, fetchEdge } from "../testing/edge.ts";
import { call, makeKey } from "../testing/keys.ts";
import { rankModel } from "../testing/models.ts";

/** `node bench/fuzz.ts` sends 20,000 of these to a real server. */
const REQUESTS = 450;

test("requests made from the document's schemas, and spoiled, are answered, none with a 5xx, and cost no healthy item", async () => {
  const healthy = rankModel();
  await deployed(FUZZED, FUZZED_PREDICT, healthy);
  const { key } = await makeKey({ kind: "secret" });
  const document = (await (await fetchEdge("/openapi.json")).json()) as ApiDocument;
  const requests = new Requests(document, 1, KNOWN, { authorization: `Bearer ${key}` });
  expect(requests.operations).toBeGreaterThanOrEqual(30);
  const statuses = new Map<number, number>();
  let sent = 0;
  for (let n = 0; n < REQUESTS; n++) {
    if (n % 30 === 0) {
      const id = `healthy-${n}`;
      const body = { id, unit: "healthy", actions: [{ id: "a", features: { genre: "drama" } }] };
      expect((await call("POST", `/v1/models/${healthy.name}/rank`, { key, body })).status).toBe(201);
      expect((await call("POST", `/v1/decisions/${id}/feedback`, { key, body: { value: 1 } })).status).toBe(204);
      sent++;
    }
    const { method, path, headers, body } = requests.next();
    const carries = body !== null && method !== "GET" && method !== "HEAD";
    const response = await fetchEdge(path, { method, headers, ...(carries && { body }) });
    await response.body?.cancel();
    const { status } = response;
    if (status >= 500) expect.fail(`${status}: ${method} ${path}: ${String(body).slice(0, 2000)}`);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  for (const status of [200, 201, 204, 400, 401, 404, 405, 409, 415]) expect(statuses.get(status)).toBeGreaterThan(0);
  const manifest = async () => (await call("GET", `/v1/models/${healthy.name}`, { key })).json<{ examples: number }>();
  await expect.poll(async () => (await manifest()).examples, { timeout: 20_000 }).toBe(sent);
});
