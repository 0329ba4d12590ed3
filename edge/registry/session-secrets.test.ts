import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { SESSION_DAYS } from "../../shared/contract/limits.ts";
import { hex } from "../storage/hex.ts";
import { SECRET_AHEAD, SECRET_PERIOD } from "./limits.ts";
import { DAY } from "./messages.ts";
import type { Registry } from "./registry.ts";
import { SessionSecrets } from "./session-secrets.ts";

const registry = (name: string) => env.REGISTRY.getByName(name);
const shown = (secrets: { secret: ArrayBuffer; from: number }[]) =>
  secrets.map(({ secret, from }) => ({ secret: hex(new Uint8Array(secret)), from }));

test("the registry makes one secret and keeps it", async () => {
  const stub = registry("keeps");
  const made = shown(await stub.sessionSecrets());
  expect(made).toHaveLength(1);
  expect(made[0]!.secret).toMatch(/^[0-9a-f]{64}$/);
  await evictDurableObject(stub);
  expect(shown(await stub.sessionSecrets())).toEqual(made);
  expect(shown(await registry("another").sessionSecrets())[0]!.secret).not.toBe(made[0]!.secret);
});

test("a secret follows another: known a day before its use, and the former as long as its sessions are taken", async () => {
  await runInDurableObject(registry("rotates"), (_: Registry, { storage }) => {
    const secrets = new SessionSecrets(storage.sql);
    const begin = Date.now() + 1000 * DAY;
    storage.sql.exec("DELETE FROM session_secrets");
    const at = (time: number) => secrets.at(time).map(({ from }) => from - begin);
    expect(at(begin)).toEqual([0]);
    expect(at(begin + SECRET_PERIOD - SECRET_AHEAD - 1)).toEqual([0]);
    expect(at(begin + SECRET_PERIOD - SECRET_AHEAD)).toEqual([0, SECRET_PERIOD]);
    // The former signed last when the next began.
    const end = begin + SECRET_PERIOD + SESSION_DAYS * DAY;
    expect(at(end)[0]).toBe(0);
    expect(at(end + 3 * DAY)[0]).toBe(SECRET_PERIOD);
    expect(at(end + 3 * DAY).length).toBeLessThanOrEqual(2);
    // Nobody asked for years: the next is made a day ahead all the same, and the last one goes on until then.
    const years = begin + 2000 * DAY;
    const [last, next, ...more] = at(years);
    expect([last! <= 2000 * DAY, next, more]).toEqual([true, 2000 * DAY + SECRET_AHEAD, []]);
  });
});
