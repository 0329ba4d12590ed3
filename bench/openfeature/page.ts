import { OpenFeature } from "@openfeature/web-sdk";
import { EdgewiseWebProvider } from "../../web/client/bindings/openfeature.ts";
import { createClient } from "../../web/client/client.ts";
import { actions, MODELS, type Show, VARIANTS, visit, type Way } from "./visits.ts";

/** Between two visits, ms: what a visit through the SDK takes here, which waits until decision and reward are stored. */
const LOOKING = 30;

/** In a page: all visits by one way, a client each. */
async function visits(endpoint: string, way: Way, count: number, seed: number): Promise<number[]> {
  const client = createClient({ endpoint });
  await client.ready(MODELS[way], { timeout: 20_000 });
  const shares = await visit(await showing(way, client), count, seed, way);
  await client.flush();
  await OpenFeature.close();
  await client.close();
  return shares;
}

async function showing(way: Way, client: ReturnType<typeof createClient>): Promise<Show> {
  if (way === "sdk")
    return async ({ unit, context }) => {
      client.setUnit(unit);
      const decision = await client.rank(MODELS.sdk, actions, { context, timeout: 5000 });
      return { chosen: decision.chosen, reward: (value) => decision.reward(value, { final: true }) };
    };
  const features = Object.fromEntries(actions.map(({ id, features }) => [id, features]));
  const variants = Object.fromEntries(VARIANTS.map((name) => [name, name]));
  await OpenFeature.setProviderAndWait(
    new EdgewiseWebProvider(client, {
      flags: { poster: { variants, features, model: MODELS.openfeature } },
      feedback: { visited: { flags: ["poster"], final: true } },
    }),
  );
  const flags = OpenFeature.getClient();
  return async ({ unit, context }) => {
    await OpenFeature.setContext({ targetingKey: unit, ...context });
    const { value } = flags.getStringDetails("poster", VARIANTS[0]);
    // A visitor looks for a while, in which what was learned arrives; who asks the SDK waits for storage meanwhile.
    await new Promise((resolve) => setTimeout(resolve, LOOKING));
    return { chosen: value, reward: (reward) => flags.track("visited", { value: reward }) };
  };
}

Object.assign(globalThis, { visits });
