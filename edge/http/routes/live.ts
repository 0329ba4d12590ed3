import type { Context } from "hono";
import { channelNames, KEY_HEADER, NETWORK_HEADER } from "../../channel/messages.ts";
import { isFor } from "../../intake/caller.ts";
import { CHANNEL_FULL_RETRY } from "../../intake/limits.ts";
import { fieldProblem, ProblemError, spread } from "../../intake/problem.ts";
import { requireModel } from "../../intake/served-models.ts";
import { followRoute, liveRoute } from "../api/models.ts";
import type { AppEnv } from "../app-env.ts";
import { router } from "../router.ts";

/** A page's socket is held by one of the channels of the first model that it follows. */
export const live = router()
  .openapi(followRoute, async (c) => {
    const { follow } = c.req.valid("query");
    const models = [...new Set([follow].flat().map((one) => one.slice(0, one.lastIndexOf("@"))))];
    for (const model of models) {
      if (!isFor(c.get("caller"), model))
        throw fieldProblem(403, "query.follow", `has the model ${model}, which the key is not for`);
      await requireModel(c.env, c.executionCtx, model);
    }
    return open(c, models[0]!);
  })
  .openapi(liveRoute, async (c) => {
    const { model } = c.req.valid("param");
    await requireModel(c.env, c.executionCtx, model);
    return open(c, model);
  });

/** @throws ProblemError when a page cannot be taken: a channel has no words for that but a status and its reason. */
async function open(c: Context<AppEnv>, model: string): Promise<Response> {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    throw new ProblemError(426, "This is a WebSocket", [{ field: "header.upgrade", message: "must be websocket" }], {
      upgrade: "websocket",
    });
  const channels = channelNames(model, c.env.CHANNELS);
  const name = channels[Math.floor(Math.random() * channels.length)]!;
  const url = new URL(c.req.url);
  // The channel needs to know which key it was, and not the key.
  url.searchParams.delete("key");
  const request = new Request(url, c.req.raw);
  request.headers.delete("authorization");
  const { id, network } = c.get("caller");
  request.headers.set(KEY_HEADER, id);
  request.headers.delete(NETWORK_HEADER);
  if (network !== null) request.headers.set(NETWORK_HEADER, network);
  request.headers.set("traceparent", c.get("span").traceparent);
  const response = await c.env.CHANNEL.getByName(name).fetch(request);
  if (response.status === 101) return response;
  throw new ProblemError(response.status, await response.text(), [], {
    ...(response.status === 503 && { "retry-after": String(spread(CHANNEL_FULL_RETRY)) }),
  });
}
