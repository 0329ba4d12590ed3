import { version } from "../../package.json";
import { type Client, type ClientOptions, createClient as createPageClient } from "./client.ts";

/**
 * What the edge serves as `/sdk.js`, for pages without a bundler: `edgewise.createClient()`.
 * @example
 * <script src="https://learn.example.com/sdk.js"></script>
 * <script>const client = edgewise.createClient({ key: "pk_..." });</script>
 */

/** Where this script came from, which is where its edge is. */
const source = (document.currentScript as HTMLScriptElement | null)?.src;
const home = source ? new URL(".", source).href : undefined;

/** As `createClient`; the edge is by default the one that served this script, and the part for graphs comes from there. */
export const createClient = (options: ClientOptions = {}): Client =>
  createPageClient({
    ...(home !== undefined && {
      endpoint: home,
      graphs: () => import(/* @vite-ignore */ `${home}sdk/${version}/graph.js`),
    }),
    ...options,
  });
