import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** What is used here of the client, whose types are those of a page. */
type Client = { rankSync(model: string, actions: { id: string }[]): unknown; close(): Promise<void> };

test("the client can be imported on a server, and answers there, or says what it needs", async () => {
  const { createClient } = (await import(new URL("../web/client/client.ts", import.meta.url).href)) as {
    createClient(options?: object): Client;
  };
  expect(() => createClient()).toThrow("endpoint: must be an address with http:// or https://: there is no page here");
  const client = createClient({ endpoint: "https://learn.example.com" });
  const decision = client.rankSync("home", [{ id: "a" }, { id: "b" }]);
  expect(decision).toMatchObject({ chosen: "a", computedBy: { runtime: "none" } });
  await client.close();
});

const client = new URL("../web/client/client.ts", import.meta.url).href;
/** What a server that has no `navigator`, as Node 20, says of a client of its own: numbers of requests, and what keeps it going once that is closed. */
const onServer = (script: string): { asked: number; later: number; status: object; left: string[] } =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `delete globalThis.navigator;
         let asked = 0;
         globalThis.fetch = () => (asked++, Promise.reject(new TypeError("as if")));
         const { createClient } = await import(${JSON.stringify(client)});
         const endpoint = "https://learn.example.com";
         const actions = [{ id: "a" }, { id: "b" }];
         ${script}
         const before = asked;
         await new Promise((resolve) => setTimeout(resolve, 1500));
         const told = { asked: before, later: asked, status: client.status() };
         await client.close();
         const left = process.getActiveResourcesInfo().filter((one) => one === "Timeout");
         console.log(JSON.stringify({ ...told, left }));`,
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    ),
  );

test("on a server it asks only for whom waits, and ends when it is closed", () => {
  const handed = `{ id: "s.0", model: "home@1.1", chosen: "b", ranking: [{ id: "b" }, { id: "a" }], computedBy: {} }`;
  const atOnce = onServer(`const client = createClient({ endpoint, decisions: [${handed}] });
    if (client.rankSync("home", actions).chosen !== "b") throw new Error("not what was handed over");
    client.rankSync("home", actions);`);
  expect(atOnce).toMatchObject({ asked: 0, later: 0, status: { online: true, pending: 0, lost: 0 } });
  const waiting = onServer(`const client = createClient({ endpoint, timeout: 100 });
    const { chosen, reason } = await client.rank("home", actions);
    if (chosen !== "a" || !reason) throw new Error("no fallback");`);
  expect(waiting.asked).toBe(1);
  expect(waiting.later).toBe(1);
  for (const { left } of [atOnce, waiting]) expect(left, "timers that keep the process").toEqual([]);
});
