import { afterEach, expect, test, vi } from "vitest";
import { BODY_TIMEOUT } from "../limits.ts";
import { readBody } from "./body-limit.ts";

afterEach(() => {
  vi.useRealTimers();
});

const upload = (source: UnderlyingSource<Uint8Array>) =>
  new Request("http://localhost/", { method: "POST", body: new ReadableStream(source), duplex: "half" } as RequestInit);
const bytes = (text: string) => new TextEncoder().encode(text);

test("puts a body together that comes in pieces", async () => {
  const request = upload({
    start(controller) {
      for (const piece of ["{", '"a"', ":1}"]) controller.enqueue(bytes(piece));
      controller.close();
    },
  });
  expect(new TextDecoder().decode(await readBody(request))).toBe('{"a":1}');
});

test("does not wait for an upload that never ends", async () => {
  vi.useFakeTimers();
  const reading = readBody(upload({ start: (controller) => controller.enqueue(bytes("{")) }));
  const refused = expect(reading).rejects.toMatchObject({ status: 408, errors: [{ field: "body" }] });
  await vi.advanceTimersByTimeAsync(BODY_TIMEOUT);
  await refused;
});

test("takes an upload that breaks off for the sender's doing", async () => {
  const request = upload({
    pull(controller) {
      controller.error(new Error("Network connection lost."));
    },
  });
  await expect(readBody(request)).rejects.toMatchObject({ status: 400, errors: [{ field: "body" }] });
});
