import { ProblemError } from "../../intake/problem.ts";
import { learnerOf, requireModel } from "../../training/learners.ts";
import { liveRoute } from "../api/models.ts";
import { router } from "../router.ts";

/** The socket is the learner's: it knows when it has published. */
export const live = router().openapi(liveRoute, async (c) => {
  const { spec } = requireModel(c.req.valid("param").model);
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    throw new ProblemError(426, "This is a WebSocket", [{ field: "header.upgrade", message: "must be websocket" }], {
      upgrade: "websocket",
    });
  return learnerOf(c.env, spec.name).fetch(c.req.raw);
});
