import { fieldProblem } from "../../intake/problem.ts";
import { partitionFor } from "../../log/partitions.ts";
import { feedbackRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const feedback = router().openapi({ ...feedbackRoute, middleware: jsonBody() }, async (c) => {
  const { id } = c.req.valid("param");
  const { value, at, final } = c.req.valid("json");
  const receivedAt = Date.now();
  const { feedback } = await partitionFor(c.env, id).append({
    receivedAt,
    decisions: [],
    feedback: [{ id, value, final: final ?? false, claimedAt: at ?? null, at: Math.min(at ?? receivedAt, receivedAt) }],
    unusable: [],
    keepRejected: false,
  });
  const [outcome] = feedback;
  if (outcome!.status === "unlearnable") throw fieldProblem(422, "body.value", outcome!.problem);
  return c.body(null, 204);
});
