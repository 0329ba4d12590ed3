import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bucket,
  count,
  defineModel,
  field,
  hourOfDay,
  last,
  predict,
  rank,
  similarity,
  sum,
  vector,
} from "../shared/contract/define.ts";
import { typesOf } from "./types.ts";

const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(root, "node_modules/.edgewise-types-"));
const file = (name: string) => join(folder, name);
const node = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

const hero = defineModel({
  name: "home-hero",
  task: rank(),
  features: {
    session: {
      views: count("view", { window: "session" }),
      genre: last("view.genre"),
      spent: sum("order.total", { window: "session" }),
    },
    context: { device: field("device"), hour: hourOfDay(), country: field("geo.country") },
    action: {
      genre: field("genre"),
      decade: bucket("year", [1980, 1990]),
      look: vector("look", 2),
      near: similarity("context.mood", "mood"),
    },
  },
  reward: { wait: "1m", default: 0, aggregate: "max" },
});
const intent = defineModel({
  name: "intent",
  task: predict(),
  features: { session: { price: last("view.price") }, context: { pages: field("pages") } },
  reward: { wait: "1m", default: null, aggregate: "first" },
});

const kept = defineModel({
  ...hero,
  name: "kept",
  keep: { context: ["campaign", "geo.city", "device"], action: "all" },
});

beforeAll(() => {
  for (const [name, spec] of Object.entries({ hero, intent, kept }))
    writeFileSync(file(`${name}.json`), JSON.stringify(spec));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("types are written from specs, and refuse what no spec reads", () => {
  const { stderr, status } = node(
    ...([
      join(root, "cli/edgewise.ts"),
      "types",
      file("hero.json"),
      file("intent.json"),
      file("kept.json"),
      "--out",
      file("models.d.ts"),
    ] as const),
  );
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  writeFileSync(
    file("page.ts"),
    `import { defineRankElement } from "../../web/client/bindings/element.ts";
import { EdgewiseWebProvider } from "../../web/client/bindings/openfeature.ts";
import { EdgewiseProvider, rankHook } from "../../web/client/bindings/react.ts";
import { segmentPlugin } from "../../web/client/bindings/segment.ts";
import { edgewise, rankHook as vueRankHook } from "../../web/client/bindings/vue.ts";
import { createClient } from "../../web/client/client.ts";
import type models from "./models";
const client = createClient<typeof models>();
client.track("view", { genre: "drama", price: 3 });
client.track("order", { total: 3 });
const films = [{ id: "a", features: { genre: "drama", year: 1994, look: [1, 2] } }, { id: "b" }] as const;
const decision = client.rankSync("home-hero", films, { context: { device: "phone", geo: { country: "NL" } } });
decision.chosen satisfies "a" | "b";
void client.predict("intent", { context: { pages: 7 } });
const anything = [{ id: "a", features: { colour: "red", sizes: [1, 2] } }];
client.rankSync("kept", anything, { context: { campaign: ["a", 1], geo: { city: "Leiden", country: "NL" } } });
// @ts-expect-error a context that is neither read nor kept
client.rankSync("kept", anything, { context: { campain: "a" } });
export const bound = [
  EdgewiseProvider({ client }),
  edgewise(client),
  defineRankElement(client),
  new EdgewiseWebProvider(client),
  segmentPlugin(client, {}),
];
// @ts-expect-error no client
EdgewiseProvider({ client: { rank: client.rank } });
const useRank = rankHook<typeof models>();
const useVueRank = vueRankHook<typeof models>();
const titled = [{ id: "a", title: "A", features: { genre: "drama" } }];
useRank("home-hero", titled, { context: { device: "phone" }, counts: "mounted" }).chosen.title satisfies string;
useVueRank("home-hero", () => titled, { context: { device: "phone" } }).chosen.value.title satisfies string;
// @ts-expect-error a model that there is not
useRank("home-hreo", titled);
// @ts-expect-error a model that predicts
useVueRank("intent", titled);
// @ts-expect-error a context that none reads
useRank("home-hero", titled, { context: { devcie: "phone" } });
// @ts-expect-error a feature of another type
useRank("home-hero", [{ id: "a", features: { year: "1994" } }]);
// @ts-expect-error features that none reads
useVueRank("home-hero", [{ id: "a", features: { sectoin: 1 } }]);
// @ts-expect-error an event that no feature reads
client.track("raed", {});
// @ts-expect-error a property that none reads
client.track("view", { gnere: "drama" });
// @ts-expect-error a model that there is not
client.rankSync("home-hreo", films);
// @ts-expect-error a model that ranks
void client.predict("home-hero");
client.rankSync("home-hero", [{ id: "a", features: { mood: [1, 2] } }], { context: { mood: [0, 1] } });
// @ts-expect-error what a vector is compared with is no text
client.rankSync("home-hero", films, { context: { mood: "glad" } });
// @ts-expect-error a context that none reads
client.rankSync("home-hero", films, { context: { devcie: "phone" } });
// @ts-expect-error a feature of another type
client.rankSync("home-hero", [{ id: "a", features: { year: "1994" } }]);
// @ts-expect-error a feature that none reads
client.rankSync("home-hero", [{ id: "a", features: { sectoin: 1 } }]);
// @ts-expect-error an id that was not given
decision.chosen satisfies "c";
createClient().track("anything", { at: "all" });
`,
  );
  const options = [
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--allowImportingTsExtensions",
    "--resolveJsonModule",
  ];
  const kind = [
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--target",
    "es2024",
    "--lib",
    "es2024,dom,dom.iterable",
  ];
  const { stdout } = spawnSync(
    join(root, "node_modules/.bin/tsc"),
    [...options, ...kind, "--types", "vite/client", file("page.ts")],
    {
      encoding: "utf8",
    },
  );
  expect(stdout).toBe("");
});

test("two specs of one model are refused, and so are none", () => {
  expect(() => typesOf([hero, hero])).toThrow("Two of the specs are of home-hero");
  expect(node(join(root, "cli/edgewise.ts"), "types").stderr).toContain("Name one spec or more");
});
