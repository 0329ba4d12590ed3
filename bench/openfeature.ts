import { join } from "node:path";
import { OpenFeature } from "@openfeature/server-sdk";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import { EdgewiseServerProvider } from "../web/client/bindings/openfeature.ts";
import { createServerClient } from "../web/client/bindings/server.ts";
import { inChromiumPage } from "./chromium.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { actions, MODELS, type Show, VARIANTS, visit, type Way } from "./openfeature/visits.ts";
import { Edge } from "./rollout/edge.ts";

/**
 * `node bench/openfeature.ts [VISITS]` (2000): as many simulated visits each through OpenFeature alone (`@openfeature/server-sdk` and, in Chromium, `@openfeature/web-sdk`, with our providers) and through
 * the SDK; how far from uniform choice to the best each comes, by fourths, and whether all of it was learned. Ends with an error when some was not.
 */

const visits = Number(process.argv[2] ?? 2000);
const seed = 1;
const variants = Object.fromEntries(VARIANTS.map((name) => [name, name]));
const features = Object.fromEntries(actions.map(({ id, features }) => [id, features]));

await buildForTests();
const table: string[][] = [];
for (const place of ["server", "page"] as const) {
  // A server each: models begin with nothing.
  const server = await Server.create();
  await server.start();
  try {
    const edge = new Edge(server.url);
    for (const name of Object.values(MODELS)) await edge.deploy(spec(name), "live");
    for (const way of ["openfeature", "sdk"] as const) {
      const shares = await (place === "server" ? onServer(way) : inPage(way));
      await until(
        `${visits} examples of ${MODELS[way]}`,
        async () => ((await edge.manifest(MODELS[way])).examples === visits ? true : null),
        120_000,
      );
      table.push([place, way, ...shares.map((share) => share.toFixed(3))]);
    }

    async function onServer(way: Way): Promise<number[]> {
      const client = createServerClient({ endpoint: server.url, timeout: 10_000 });
      await OpenFeature.setProviderAndWait(
        new EdgewiseServerProvider(client, {
          flags: { poster: { variants, features, model: MODELS.openfeature } },
          feedback: { visited: { flags: ["poster"], final: true } },
        }),
      );
      const flags = OpenFeature.getClient();
      const byFlag: Show = async ({ unit, context }) => {
        const whole = { targetingKey: unit, ...context };
        const value = await flags.getStringValue("poster", VARIANTS[0], whole);
        return { chosen: value, reward: (reward) => flags.track("visited", whole, { value: reward }) };
      };
      const byClient: Show = async ({ unit, context }) => {
        const { id, chosen } = await client.rank(MODELS.sdk, actions, { unit, context });
        return { chosen, reward: (value) => client.reward(id, value, { final: true }) };
      };
      return visit(way === "sdk" ? byClient : byFlag, visits, seed, way);
    }

    async function inPage(way: Way): Promise<number[]> {
      const { page, close } = await inChromiumPage(join(import.meta.dirname, "openfeature/page.ts"), "visits");
      try {
        return await page.evaluate(`visits(${JSON.stringify(server.url)}, ${JSON.stringify(way)}, ${visits}, ${seed})`);
      } finally {
        await close();
      }
    }
  } finally {
    await server.remove();
  }
}
console.log(`\n${machine()}, ${visits} visits each, all learned\n`);
console.log(markdownTable(["where", "through", "share, 1st fourth", "2nd", "3rd", "4th"], table));

function spec(name: string) {
  return {
    name,
    task: { type: "rank" },
    features: {
      context: { taste: { op: "field", path: "taste" } },
      action: { genre: { op: "field", path: "genre" } },
    },
    interactions: [["context", "action"]],
    reward: { wait: "10m", default: 0, aggregate: "max" },
  };
}
