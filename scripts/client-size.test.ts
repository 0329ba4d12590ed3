import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";

/** What pages load of the client, as a Vite user gets it: gzipped bytes. */

/** What is there before the first decision. The aim is 8,000 (docs/adr/0023-what-a-first-decision-needs.md); lower it with what gets smaller. */
const BUDGET = 21_821;
/** With the offline part, which is loaded behind. The aim is 15,000. */
const BUDGET_IN_ALL = 33_069;
/** What a model with another policy or head than the defaults adds. */
const SCORERS_BUDGET = 2_963;
/** What a model of format 2 adds: operators that few have. */
const OPERATORS_BUDGET = 2_105;

/** A page's own script, as far as the client's size goes. */
const page = {
  name: "page",
  resolveId: (id: string) => (id === "page" ? id : null),
  load: (id: string) =>
    id === "page" ? `import { createClient } from "/web/client/client.ts"; globalThis.client = createClient();` : null,
};

test("a page with a model without a graph loads no schema, no worker and no runtime, and stays within its budget", async () => {
  const result = await build({
    configFile: false,
    logLevel: "silent",
    plugins: [page],
    worker: { format: "es" },
    build: {
      write: false,
      target: "es2023",
      // A hash in a name is other bytes with every change, also of what is not loaded.
      rolldownOptions: { input: "page", output: { chunkFileNames: "[name].js", entryFileNames: "[name].js" } },
      modulePreload: { polyfill: false },
    },
  });
  const chunks = ([result].flat() as Rolldown.RolldownOutput[])
    .flatMap(({ output }) => output)
    .filter((one) => one.type === "chunk");
  const eager = new Set<string>();
  const take = (name: string): void => {
    if (eager.has(name)) return;
    eager.add(name);
    for (const imported of chunks.find(({ fileName }) => fileName === name)!.imports) take(imported);
  };
  take(chunks.find(({ isEntry }) => isEntry)!.fileName);
  const loaded = chunks.filter(({ fileName }) => eager.has(fileName));
  const modules = loaded.flatMap(({ modules }) => Object.keys(modules));
  const others = ["cover", "thompson", "softmax"].map((policy) => new RegExp(`policies/${policy}\\.ts`));
  for (const unwanted of [
    /zod/,
    /worker-calls/,
    /onnxruntime/,
    /graph-worker/,
    /heads\/(graph|bayesian)\.ts/,
    ...others,
  ])
    expect(modules.filter((id) => unwanted.test(id))).toEqual([]);
  // What a first decision does without.
  for (const behind of [
    /client\/(database|outbox|sync|sessions|live|followed-model|watch)\.ts/,
    /features\/(words|text-feature|match-operators|vector-feature)\.ts/,
    /explanation/,
    /byte-writer/,
  ])
    expect(modules.filter((id) => behind.test(id))).toEqual([]);
  const bytesOf = (these: typeof chunks) =>
    these.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
  expect(bytesOf(loaded)).toBeLessThanOrEqual(BUDGET);
  const offline = chunks.filter(({ name }) => name === "offline");
  expect(offline).toHaveLength(1);
  expect(offline[0]!.imports.filter((name) => !eager.has(name))).toEqual([]);
  expect(bytesOf([...loaded, ...offline])).toBeLessThanOrEqual(BUDGET_IN_ALL);
  for (const [part, budget] of [
    ["other-scorers", SCORERS_BUDGET],
    ["other-operators", OPERATORS_BUDGET],
  ] as const) {
    const loaded = chunks.filter(({ name, fileName }) => name === part && !eager.has(fileName));
    expect(loaded).toHaveLength(1);
    expect(bytesOf(loaded)).toBeLessThanOrEqual(budget);
  }
});
