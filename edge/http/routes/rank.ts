import { rankResponse } from "../../../shared/decide/decide.ts";
import { slotsResponse } from "../../../shared/decide/decide-slots.ts";
import { explainRanking } from "../../../shared/decide/explain-decision.ts";
import { decideSlots } from "../../../shared/decide/slots-with-graph.ts";
import { actionsOfCall, SentLists } from "../../intake/action-lists.ts";
import { decideAtEdge } from "../../intake/decide-at-edge.ts";
import { requireSlotTexts } from "../../intake/slot-texts.ts";
import { rankRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { countSessions } from "../middleware/rates.ts";
import { router } from "../router.ts";
import { serverTiming } from "../server-timing.ts";

export const rank = router().openapi({ ...rankRoute, middleware: jsonBody() }, async (c) => {
  const { model: name } = c.req.valid("param");
  const { actions: named, actionLists, slots, explain, ...request } = c.req.valid("json");
  const { actions, list } = await actionsOfCall(name, named, actionLists);
  const asked = {
    env: c.env,
    background: c.executionCtx,
    caller: c.get("caller"),
    countSessions,
    trace: c.get("span").carrier,
    model: name,
    task: "rank",
    withSlots: slots !== undefined,
  } as const;
  const { model, decisions, timings } = await decideAtEdge(
    asked,
    { ...request, actions },
    async (loaded, call, failed) => {
      requireSlotTexts(loaded.spec, { ...call, actions }, slots?.length ?? 1);
      return decideSlots(loaded, { ...call, actions }, slots, failed, explain !== undefined);
    },
  );
  if (list) SentLists.logged(name, list);
  const first = decisions[0]!;
  const response = slots ? slotsResponse(decisions) : rankResponse(first);
  return c.json(explainRanking(model, first, response, explain), 201, serverTiming(timings));
});
