import { suite } from "./suite.ts";

/** Runs in workerd. Its clock stands still while it computes, so bench/workerd.ts holds the watch. */
let cases: ReturnType<typeof suite> | undefined;

export default {
  async fetch(request: Request, env: { CACHE: ArrayBuffer }): Promise<Response> {
    cases ??= suite(new Uint8Array(env.CACHE));
    const { searchParams } = new URL(request.url);
    const name = searchParams.get("name");
    if (name !== null) cases[name]!(Number(searchParams.get("n")));
    return Response.json(Object.keys(cases));
  },
};
