import { expect, test } from "vitest";

/** What is used here of the client, whose types are those of a page. */
type Client = { rankSync(model: string, actions: { id: string }[]): unknown; close(): Promise<void> };

test("the client can be imported on a server, and answers there, or says what it needs", async () => {
  const { createClient } = (await import(new URL("../web/client/client.ts", import.meta.url).href)) as {
    createClient(options?: object): Client;
  };
  expect(() => createClient()).toThrow(
    'endpoint: must be a whole address, such as "https://learn.example.com": there is no page here',
  );
  const client = createClient({ endpoint: "https://learn.example.com" });
  const decision = client.rankSync("home", [{ id: "a" }, { id: "b" }]);
  expect(decision).toMatchObject({ chosen: "a", computedBy: { runtime: "none" } });
  await client.close();
});
