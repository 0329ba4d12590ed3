import { decideRank, rankResponse } from "../../shared/decision/decide.ts";
import { rankRoute } from "../api/decisions.ts";
import { decideAtEdge } from "../decide-at-edge.ts";
import { requireModel, requireTask } from "../learners.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const rank = router().openapi({ ...rankRoute, middleware: jsonBody() }, async (c) => {
  const deployment = requireTask(requireModel(c.req.valid("param").model), "rank");
  const { actions, ...request } = c.req.valid("json");
  const { decision, headers } = await decideAtEdge(c, deployment, request, (model, call, failed) =>
    decideRank(model, { ...call, actions }, failed),
  );
  return c.json(rankResponse(decision), 201, headers);
});
