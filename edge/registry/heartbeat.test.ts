import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { Env } from "../env.ts";
import worker from "../worker.ts";

test("what is due in the registry is done at a heartbeat, also when no alarm is set for it", async () => {
  const registry = env.REGISTRY.getByName("registry");
  const keysToWrite = async () => (await registry.statistics()).effects.keys;
  await vi.waitFor(async () => expect(await keysToWrite()).toBe(0));
  await runInDurableObject(registry, (_, { storage }) => {
    storage.sql.exec(
      "INSERT INTO effects (kind, target, directory, attempts, not_before) VALUES ('keys', '', 0, 0, 0)",
    );
  });
  expect(await keysToWrite()).toBe(1);
  await worker.scheduled(createScheduledController({ cron: "* * * * *" }), env as unknown as Env);
  await vi.waitFor(async () => expect(await keysToWrite()).toBe(0));
});
