import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { dashedValues } from "./dashed-values.ts";
import { excludeCommand } from "./registry/exclude.ts";

test("a session that begins with a dash is excluded as any other", async () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    bodies.push((await request.toArray()).join(""));
    response.writeHead(201, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...JSON.parse(bodies.at(-1)!), number: 1, createdAt: 0, endedAt: null }));
  });
  await new Promise<void>((listening) => server.listen(0, listening));
  try {
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    await excludeCommand(["shop", "--session", "-CPsvhmLbZrcF", "--session", "T17r", "--unit", "-u", "--url", url]);
  } finally {
    server.close();
  }
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ session: ["-CPsvhmLbZrcF", "T17r"], unit: "-u" }]);
});

test("an option without a value is not given the next one", () => {
  expect(dashedValues(["--session", "--unit", "u"], ["session", "unit"])).toEqual(["--session", "--unit", "u"]);
  expect(dashedValues(["--list", "-x"], ["session"])).toEqual(["--list", "-x"]);
  expect(dashedValues(["--session"], ["session"])).toEqual(["--session"]);
});
