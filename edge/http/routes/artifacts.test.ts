import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { manifest } from "../../../shared/contract/manifest.ts";
import { putArtifact } from "../../storage/artifacts.ts";
import { deployed, fetchEdge } from "../../testing/edge.ts";
import { rankModel } from "../../testing/models.ts";
import { MAX_COMPRESSED } from "../compressed-artifacts.ts";

/** Artifacts as pages load them. */

// For a busy machine; nothing here waits that long otherwise.

const films = rankModel();
beforeAll(() => deployed(films));

const get = async (path: string, headers: Record<string, string>) => {
  const response = await fetchEdge(path, { headers });
  const encoding = response.headers.get("content-encoding");
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, encoding, bytes, headers: response.headers };
};
const unzipped = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(),
  );
/** Text, which is made smaller. */
const text = (length: number) => new TextEncoder().encode("weights ".repeat(Math.ceil(length / 8)).slice(0, length));

test("a snapshot is kept for ever by who has it, compressed or not", async () => {
  const { snapshot } = manifest.parse(await (await fetchEdge(`/v1/models/${films.name}`)).json());
  for (const encoding of ["identity", "gzip"]) {
    const { status, headers } = await get(snapshot.url, { "accept-encoding": encoding, origin: "http://localhost:1" });
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    expect(headers.get("vary")).toBe("origin, accept-encoding");
    expect(headers.get("access-control-allow-origin")).toBe("http://localhost:1");
    expect(headers.get("traceparent")).not.toBeNull();
    const etag = headers.get("etag")!;
    expect((await get(snapshot.url, { "accept-encoding": encoding, "if-none-match": etag })).status).toBe(304);
  }
});

test("what is compressed is the same, less, and has another etag; asked for again, it comes from memory", async () => {
  const bytes = text(100_000);
  const { url } = await putArtifact(env.ARTIFACTS, bytes);
  const plain = await get(url, { "accept-encoding": "identity" });
  expect(plain).toMatchObject({ status: 200, encoding: null });
  expect(plain.bytes).toEqual(bytes);
  for (let time = 0; time < 2; time++) {
    const compressed = await get(url, { "accept-encoding": "br, gzip" });
    expect(compressed).toMatchObject({ status: 200, encoding: "gzip" });
    expect(compressed.headers.get("etag")).not.toBe(plain.headers.get("etag"));
    // Some runtimes unzip what a test fetches, and some leave it.
    const own = compressed.bytes.length === bytes.length ? compressed.bytes : await unzipped(compressed.bytes);
    expect(own).toEqual(bytes);
  }
});

test("a large graph comes as it is", async () => {
  const bytes = text(MAX_COMPRESSED + 1);
  const { url } = await putArtifact(env.ARTIFACTS, bytes);
  expect(await get(url, { "accept-encoding": "gzip" })).toMatchObject({ status: 200, encoding: null });
});

test("what is gone from the store is gone, though it was compressed before", async () => {
  const { url, sha256 } = await putArtifact(env.ARTIFACTS, text(5_000));
  expect((await get(url, { "accept-encoding": "gzip" })).status).toBe(200);
  await env.ARTIFACTS.delete(`artifacts/${sha256}`);
  expect((await get(url, { "accept-encoding": "gzip" })).status).toBe(404);
});
