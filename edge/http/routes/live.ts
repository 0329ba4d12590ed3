import { channelNames, KEY_HEADER, NETWORK_HEADER } from "../../channel/messages.ts";
import { ProblemError } from "../../intake/problem.ts";
import { requireModel } from "../../intake/served-models.ts";
import { liveRoute } from "../api/models.ts";
import { router } from "../router.ts";

/** The socket is held by one of the model's channels. */
export const live = router().openapi(liveRoute, async (c) => {
  const { model } = c.req.valid("param");
  await requireModel(c.env, c.executionCtx, model);
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
  return c.env.CHANNEL.getByName(name).fetch(request);
});
