import { decideRank, rankResponse } from "../../shared/decision/decide.ts";
import { rankRoute } from "../api/decisions.ts";
import { callFeatures } from "../call-features.ts";
import { graphFailed } from "../graphs.ts";
import { requireModel, requireTask } from "../learners.ts";
import { logDecision, newDecisionId } from "../log-decision.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { currentModel } from "../model-cache.ts";
import { router } from "../router.ts";
import { serverTiming } from "../server-timing.ts";

export const rank = router().openapi({ ...rankRoute, middleware: jsonBody() }, async (c) => {
  const deployment = requireTask(requireModel(c.req.valid("param").model), "rank");
  const { id, unit, session, context, events, actions } = c.req.valid("json");
  const model = await currentModel(c.env, c.executionCtx, deployment);
  const at = Date.now();
  const started = performance.now();
  const decision = await decideRank(
    model,
    {
      id: id ?? newDecisionId(session),
      unit,
      ...(session !== undefined && { session }),
      at,
      context,
      ...callFeatures(deployment.spec, events, at),
      actions,
      place: "edge",
    },
    (error) => graphFailed(deployment.spec, error),
  );
  const scored = performance.now();
  const logged = await logDecision(c.env, decision);
  return c.json(rankResponse(logged), 201, serverTiming({ score: scored - started, log: performance.now() - scored }));
});
