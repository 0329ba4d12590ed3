import { expect, test } from "vitest";
import { MAX_BODY_BYTES } from "../../../shared/contract/limits.ts";
import { deployed, fetchEdge } from "../../testing/edge.ts";
import { rankModel } from "../../testing/models.ts";

// For a busy machine.

const gzip = async (text: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(
    await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );

const post = (path: string, body: BodyInit) =>
  fetchEdge(path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
  });

async function problem(response: Response): Promise<{ status: number; message: string | undefined }> {
  const { errors } = (await response.json()) as { errors?: { message: string }[] };
  return { status: response.status, message: errors?.[0]?.message };
}

const batch = (more: object) => JSON.stringify({ format: 2, sentAt: Date.now(), ...more });

test("bodies may be gzip, and are then taken as others are", async () => {
  const spec = rankModel();
  const { name } = spec;
  await deployed(spec);
  const call = { unit: "u", actions: [{ id: "a" }, { id: "b" }] };
  const ranked = await post(`/v1/models/${name}/rank`, await gzip(JSON.stringify(call)));
  expect(ranked.status).toBe(201);
  const { id } = (await ranked.json()) as { id: string };
  const told = await post("/v1/batch", await gzip(batch({ feedback: [{ format: 2, id, value: 1 }] })));
  expect(told.headers.get("accept-encoding")).toBe("gzip");
  expect(await told.json()).toMatchObject({ accepted: 1, rejected: [] });
  expect(await problem(await post("/v1/batch", await gzip("{not json")))).toMatchObject({ status: 400 });
});

test("what unpacks to more than a body may have is refused before it is unpacked", async () => {
  const bomb = await gzip(batch({ more: " ".repeat(MAX_BODY_BYTES) }));
  expect(bomb.length).toBeLessThan(MAX_BODY_BYTES / 100);
  expect(await problem(await post("/v1/batch", bomb))).toMatchObject({ status: 413 });
});

test("what unpacks to another size than it says, is cut off or followed by something, is no gzip", async () => {
  const whole = await gzip(batch({ more: "a".repeat(10_000) }));
  const lying = (size: number) => {
    const bytes = whole.slice();
    new DataView(bytes.buffer).setUint32(bytes.length - 4, size, true);
    return bytes;
  };
  const followed = new Uint8Array([...whole, ...whole]);
  for (const body of [lying(100), lying(MAX_BODY_BYTES), whole.slice(0, 10), followed, "{}"])
    expect(await problem(await post("/v1/batch", body))).toEqual({ status: 400, message: "is not valid gzip" });
  // What stands at its end by chance may be any size.
  expect([400, 413]).toContain((await problem(await post("/v1/batch", whole.slice(0, -5)))).status);
});
