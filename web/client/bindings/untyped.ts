import type { AnyClient, Client } from "../client.ts";

/** A client as bindings use it, with models that only the page knows by name. */
export const untyped = (client: AnyClient): Client => client as Client;
