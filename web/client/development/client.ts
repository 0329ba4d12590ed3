import {
  type AnyModels,
  type Client,
  type ClientOptions,
  createClient as createPageClient,
  type Session,
} from "../client.ts";
import { overlay } from "../overlay/overlay.ts";
import { Advice } from "./advice.ts";

/**
 * `edgewise` while a page is developed: bundlers take it for the package's entry where they build for development (condition `development`), and an edge serves it as `/sdk.js` to
 * pages of this machine. The same client, whose console says which names no feature reads, and which features never came. Nothing of it is in what visitors load.
 */

/** As `createClient` of the client itself. On a server, where no visit goes on, nothing is said. */
export function createClient<M extends AnyModels = AnyModels>(options: ClientOptions = {}): Client<M> {
  if (typeof document === "undefined") return createPageClient(options);
  const { signals } = options;
  const advice = new Advice((message) => console.warn(`edgewise: ${message}`), signals !== undefined);
  const client = createPageClient({
    ...options,
    // Each decision tells it its spec. What is wrong is refused as ever.
    signals:
      signals !== undefined && typeof signals !== "function"
        ? signals
        : (spec, ...given) => {
            advice.takeSpec(spec);
            signals?.(spec, ...given);
          },
  });
  const open = client.openSession.bind(client);
  client.openSession = (...given) => advised(open(...given), advice);
  advised(client, advice);
  if (new URLSearchParams(location.search).has("edgewise")) overlay(client);
  return client as Client as unknown as Client<M>;
}

/** The same session; what it is given is looked at once it was taken, so that what is refused is refused as ever. */
function advised<S extends Session>(session: S, advice: Advice): S {
  const { track, rank, rankSync, peek, predict } = session as Session;
  return Object.assign(session, {
    track: (...given: Parameters<Session["track"]>) => {
      track.call(session, ...given);
      const [type, properties] = given;
      advice.takeEvent(type, properties);
    },
    rank: async (...given: Parameters<Session["rank"]>) => {
      const decision = await rank.call(session, ...given);
      advice.takeCall(...given);
      return decision;
    },
    rankSync: (...given: Parameters<Session["rankSync"]>) => {
      const decision = rankSync.call(session, ...given);
      advice.takeCall(...given);
      return decision;
    },
    peek: (...given: Parameters<Session["peek"]>) => {
      const decision = peek.call(session, ...given);
      advice.takeCall(...given);
      return decision;
    },
    predict: async (...given: Parameters<Session["predict"]>) => {
      const prediction = await predict.call(session, ...given);
      const [model, options] = given;
      advice.takeCall(model, [], options);
      return prediction;
    },
  });
}
