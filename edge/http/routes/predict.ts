import { decidePredict, predictResponse } from "../../../shared/decide/decide.ts";
import { explainPrediction } from "../../../shared/decide/explain-decision.ts";
import { runGraph } from "../../../shared/decide/run-graph.ts";
import { FeatureBudget } from "../../../shared/features/feature-limit.ts";
import { decideAtEdge } from "../../intake/decide-at-edge.ts";
import { predictRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { countSessions } from "../middleware/rates.ts";
import { router } from "../router.ts";
import { serverTiming } from "../server-timing.ts";

export const predict = router().openapi({ ...predictRoute, middleware: jsonBody() }, async (c) => {
  const { model: name } = c.req.valid("param");
  const { explain, ...request } = c.req.valid("json");
  const asked = {
    env: c.env,
    background: c.executionCtx,
    caller: c.get("caller"),
    countSessions,
    trace: c.get("span").carrier,
    model: name,
    task: "predict",
    withSlots: false,
  } as const;
  const { model, decisions, timings } = await decideAtEdge(asked, request, async (loaded, call, failed) => [
    decidePredict(loaded, call, await runGraph(loaded, call, failed), new FeatureBudget(explain !== undefined)),
  ]);
  const decision = decisions[0]!;
  const response = predictResponse(decision);
  return c.json(explainPrediction(model, decision, response, explain), 201, serverTiming(timings));
});
