import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { finished, run, Server } from "./server.ts";

// Each command and each start is a process of its own; for a busy machine.
vi.setConfig({ testTimeout: 300_000 });

/** Keys as an operator has them: from the command line, against the server that `npm start` starts. */

let server: Server;
beforeAll(async () => {
  server = await Server.create();
  await server.start();
});
afterAll(() => server.remove());

const edgewise = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  finished(run(["cli/start.js", ...args, "--url", server.url], { EDGEWISE_KEY: "", ...env }));
/** The key in what `create` or `rotate` printed. */
const keyIn = (output: string): string => /^[ps]k_\w+$/m.exec(output)![0];

test("keys are made, listed, replaced and revoked by a command, and every command takes one", async () => {
  expect(await edgewise(["keys", "list"])).toContain("There are no keys");
  await expect(edgewise(["keys", "create", "--publishable", "--origins", "https://shop.example"])).rejects.toThrow(
    "must be a secret key for all models",
  );
  const master = keyIn(await edgewise(["keys", "create", "--secret", "--note", "operators"]));
  await expect(edgewise(["versions", "home-hero"])).rejects.toThrow("give one with --key, or as EDGEWISE_KEY");
  expect(await edgewise(["versions", "home-hero", "--key", master])).toContain("home-hero@1");
  expect(await edgewise(["versions", "home-hero"], { EDGEWISE_KEY: master })).toContain("home-hero@1");

  const shop = ["--publishable", "--models", "home-hero", "--origins", "https://shop.example", "--rate", "600"];
  const key = keyIn(await edgewise(["keys", "create", ...shop, "--expires", "30d"], { EDGEWISE_KEY: master }));
  const next = keyIn(await edgewise(["keys", "rotate", key, "--grace", "0s"], { EDGEWISE_KEY: master }));
  expect(await edgewise(["keys", "revoke", next.slice(0, 11)], { EDGEWISE_KEY: master })).toContain("Revoked pk_");
  const list = await edgewise(["keys", "list"], { EDGEWISE_KEY: master });
  expect(list).toMatch(/pk_\w{8} +home-hero +https:\/\/shop\.example +600\/min +expired, replaced by \w{8}/);
  expect(list).toMatch(/pk_\w{8} .* revoked/);
  expect(list).toMatch(/sk_\w{8} +all models .* taken .* operators/);
  for (const text of [master, key, next]) expect(list).not.toContain(text.split("_")[2]);

  // The log, by a key for one of the two models, and without a server by whoever has its files.
  const one = keyIn(await edgewise(["keys", "create", "--secret", "--models", "home-hero"], { EDGEWISE_KEY: master }));
  const asked = ["export", "--format", "edgewise", "--model"];
  expect(await edgewise([...asked, "home-hero"], { EDGEWISE_KEY: one })).toContain("0 decisions written");
  await expect(edgewise([...asked, "purchase-intent"], { EDGEWISE_KEY: one })).rejects.toThrow("purchase-intent");
});

test("a server that starts again goes on with its keys, and lets an operator in by ROOT_KEY", async () => {
  await server.stop("SIGTERM");
  await server.start();
  expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
  await server.stop("SIGTERM");
  const rootKey = "root-key-of-the-test-0123456789abcdef";
  process.env.ROOT_KEY = rootKey;
  await server.start().finally(() => delete process.env.ROOT_KEY);
  expect(await edgewise(["keys", "create", "--secret", "--key", rootKey])).toMatch(/^sk_\w+$/m);
});

test("a ROOT_KEY that is too short is refused at the start", async () => {
  await expect(finished(run(["scripts/serve.ts"], { ROOT_KEY: "short", PORT: "18739" }))).rejects.toThrow(
    "ROOT_KEY must have at least 32 characters",
  );
});

test("an option that npm start does not know is refused, not passed over", async () => {
  await expect(finished(run(["scripts/serve.ts", "--port", "18740"], {}))).rejects.toThrow(
    'npm start takes no options, and got "--port"',
  );
});
