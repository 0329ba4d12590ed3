import { decideRank, rankResponse } from "../../shared/decision/decide.ts";
import { explainRanking } from "../../shared/decision/explain-decision.ts";
import { rankRoute } from "../api/decisions.ts";
import { decideAtEdge } from "../decide-at-edge.ts";
import { requireModel, requireTask } from "../learners.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const rank = router().openapi({ ...rankRoute, middleware: jsonBody() }, async (c) => {
  const deployment = requireTask(requireModel(c.req.valid("param").model), "rank");
  const { actions, explain, ...request } = c.req.valid("json");
  const { model, decision, headers } = await decideAtEdge(c, deployment, request, (loaded, call, failed) =>
    decideRank(loaded, { ...call, actions }, failed),
  );
  const response = rankResponse(decision);
  return c.json(explain ? explainRanking(model, decision, response, explain) : response, 201, headers);
});
