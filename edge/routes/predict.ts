import { decidePredict, predictResponse } from "../../shared/decision/decide.ts";
import { predictRoute } from "../api/decisions.ts";
import { decideAtEdge } from "../decide-at-edge.ts";
import { requireModel, requireTask } from "../learners.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const predict = router().openapi({ ...predictRoute, middleware: jsonBody() }, async (c) => {
  const deployment = requireTask(requireModel(c.req.valid("param").model), "predict");
  const { decision, headers } = await decideAtEdge(c, deployment, c.req.valid("json"), decidePredict);
  return c.json(predictResponse(decision), 201, headers);
});
