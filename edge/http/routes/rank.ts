import { rankResponse } from "../../../shared/decide/decide.ts";
import { decideSlots, slotsResponse } from "../../../shared/decide/decide-slots.ts";
import { explainRanking } from "../../../shared/decide/explain-decision.ts";
import { decideAtEdge } from "../../intake/decide-at-edge.ts";
import { requireModel, requireTask } from "../../training/learners.ts";
import { rankRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const rank = router().openapi({ ...rankRoute, middleware: jsonBody() }, async (c) => {
  const deployment = requireTask(requireModel(c.req.valid("param").model), "rank");
  const { actions, slots, explain, ...request } = c.req.valid("json");
  const { model, decisions, headers } = await decideAtEdge(c, deployment, request, (loaded, call, failed) =>
    decideSlots(loaded, { ...call, actions }, slots, failed),
  );
  const first = decisions[0]!;
  const response = slots ? slotsResponse(decisions) : rankResponse(first);
  return c.json(explainRanking(model, first, response, explain), 201, headers);
});
