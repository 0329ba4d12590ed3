import { ort } from "../../edge/ort/runtime.ts";
import { prepare, type Suite } from "./suite.ts";

/** Runs in workerd. Its clock stands still while it computes, so workerd.ts holds the watch. */
let preparing: Promise<Suite> | undefined;

export default {
  async fetch(request: Request, env: { GRAPH: ArrayBuffer }): Promise<Response> {
    preparing ??= prepare(ort, new Uint8Array(env.GRAPH));
    const suite = await preparing;
    const { searchParams } = new URL(request.url);
    const name = searchParams.get("name");
    if (name !== null) await suite[name]!(Number(searchParams.get("n")));
    return Response.json(Object.keys(suite));
  },
};
