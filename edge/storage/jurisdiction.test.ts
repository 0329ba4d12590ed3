import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../env.ts";
import { app } from "../http/app.ts";
import { Registry } from "../registry/registry.ts";
import { deployed } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { readDirectory } from "./directory.ts";
import { inJurisdiction } from "./jurisdiction.ts";

const bindings = env as unknown as Env;

/** Bindings as on the platform, whose namespaces say in which jurisdiction an object was asked for. */
function platform(jurisdiction: string, asked: string[] = []): Env {
  const namespace = (name: string, where: string): object => ({
    jurisdiction: (within: string) => namespace(name, within),
    getByName: (object: string) => {
      asked.push(`${name} ${object} in ${where}`);
      return {};
    },
  });
  const names = ["PARTITION", "ARCHIVE_READER", "TRAINER", "CHANNEL", "REGISTRY", "OBSERVER"];
  const namespaces = Object.fromEntries(names.map((name) => [name, namespace(name, "any")]));
  return { ...bindings, ...namespaces, JURISDICTION: jurisdiction } as Env;
}

test("all objects are asked for in the jurisdiction that is set, and none in another", () => {
  const asked: string[] = [];
  const located = inJurisdiction(platform("eu", asked));
  for (const name of ["PARTITION", "ARCHIVE_READER", "TRAINER", "CHANNEL", "REGISTRY", "OBSERVER"] as const)
    located[name].getByName("0");
  expect(asked).toEqual(
    ["PARTITION", "ARCHIVE_READER", "TRAINER", "CHANNEL", "REGISTRY", "OBSERVER"].map((name) => `${name} 0 in eu`),
  );
  const anywhere = platform("");
  expect(inJurisdiction(anywhere)).toBe(anywhere);
});

test("an object calls others in it, too", async () => {
  const asked: string[] = [];
  const stub = env.REGISTRY.getByName("of-the-eu");
  await runInDurableObject(stub, async (_, state) => {
    const empty = { get: async () => null, list: async () => ({ objects: [], truncated: false }) };
    const own = { ...platform("eu", asked), ARTIFACTS: empty as unknown as R2Bucket };
    const registry = new Registry(state as unknown as DurableObjectState<Record<string, never>>, own);
    await state.blockConcurrencyWhile(async () => {});
    registry.erase("somebody");
  });
  await expect.poll(() => asked.includes("PARTITION 0 in eu")).toBe(true);
  expect(asked.filter((one) => !one.endsWith(" in eu"))).toEqual([]);
});

test("it must be one that there is, and none where the runtime has none: the edge says so", async () => {
  const answer = async (JURISDICTION: string) => {
    const own = { ...bindings, JURISDICTION };
    const response = await app.fetch(new Request("http://localhost/v1/models"), own, createExecutionContext());
    return { status: response.status, ...((await response.json()) as { detail: string }) };
  };
  expect(await answer("mars")).toMatchObject({
    status: 503,
    detail: 'JURISDICTION must be eu or fedramp, or empty, not "mars"',
  });
  expect(await answer("eu")).toMatchObject({
    status: 503,
    detail: expect.stringContaining("JURISDICTION must be empty here, where all objects are on this machine"),
  });
});

test("it must not change while there is data", async () => {
  await deployed(rankModel());
  expect(await readDirectory(bindings)).not.toBe(null);
  await expect(readDirectory(platform("eu"))).rejects.toThrow(
    'JURISDICTION must not change while there is data, whose objects stay where they are: it is "eu", and the directory in the store was made when it was empty',
  );
  // A registry that would begin anew in another jurisdiction does not.
  await runInDurableObject(env.REGISTRY.getByName("elsewhere"), async (_, state) => {
    const own = platform("eu");
    state.storage.sql.exec("DELETE FROM models");
    const broken = new Promise((_, failed) => {
      const watched = Object.create(state, {
        blockConcurrencyWhile: { value: (work: () => Promise<unknown>) => work().catch(failed) },
      });
      new Registry(watched as DurableObjectState<Record<string, never>>, own);
    });
    await expect(broken).rejects.toThrow("JURISDICTION must not change");
  });
});
