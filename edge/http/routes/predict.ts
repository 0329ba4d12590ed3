import { decidePredict, predictResponse } from "../../../shared/decide/decide.ts";
import { explainPrediction } from "../../../shared/decide/explain-decision.ts";
import { runGraph } from "../../../shared/decide/run-graph.ts";
import { decideAtEdge } from "../../intake/decide-at-edge.ts";
import { requireModel, requireTask } from "../../training/learners.ts";
import { predictRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const predict = router().openapi({ ...predictRoute, middleware: jsonBody() }, async (c) => {
  const deployment = requireTask(requireModel(c.req.valid("param").model), "predict");
  const { explain, ...request } = c.req.valid("json");
  const { model, decisions, headers } = await decideAtEdge(c, deployment, request, async (loaded, call, failed) => [
    decidePredict(loaded, call, await runGraph(loaded, call, failed)),
  ]);
  const decision = decisions[0]!;
  const response = predictResponse(decision);
  return c.json(explainPrediction(model, decision, response, explain), 201, headers);
});
