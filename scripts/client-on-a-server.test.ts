import { expect, test } from "vitest";

test("the client can be imported on a server, and says there what to do", async () => {
  const { createClient } = (await import(new URL("../web/client/client.ts", import.meta.url).href)) as {
    createClient(options?: object): unknown;
  };
  expect(() => createClient()).toThrow(
    new TypeError(
      "createClient: there is no page here; create it in the browser, and on a server ask the edge over HTTP",
    ),
  );
  expect(() => createClient({ endpoint: "https://learn.example.com" })).toThrow(TypeError);
});
