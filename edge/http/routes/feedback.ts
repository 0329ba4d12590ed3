import { requireOwn } from "../../intake/belonging.ts";
import { appendFor } from "../../intake/partition-calls.ts";
import { fieldProblem, ProblemError } from "../../intake/problem.ts";
import { currentDirectory } from "../../intake/served-models.ts";
import { binaryModels, type Clocks, times } from "../../intake/sort.ts";
import { type ActivationOutcome, type FeedbackOutcome, NOTHING } from "../../log/messages.ts";
import { activationRoute, feedbackRoute } from "../api/decisions.ts";
import { jsonBody, optionalJsonBody } from "../middleware/json-body.ts";
import { countSessions } from "../middleware/rates.ts";
import { router } from "../router.ts";

export const feedback = router()
  .openapi({ ...feedbackRoute, middleware: jsonBody({ beacons: true }) }, async (c) => {
    const { id } = c.req.valid("param");
    const { value, action, at, final = false } = c.req.valid("json");
    await requireOwn(c.env, c.executionCtx, id, c.get("caller"));
    countSessions([id]);
    const binary = binaryModels(await currentDirectory(c.env, c.executionCtx));
    const { models } = c.get("caller");
    const given = { id, value, action, final, ...times(at, callersClocks()) };
    const { feedback } = await appendFor(c.env, id, c.get("span").carrier, (partition, trace) =>
      partition.append({ ...NOTHING, feedback: [{ ...given, trace }], binary, models }),
    );
    const [outcome] = feedback;
    requireFound(outcome!);
    if (outcome!.status === "unlearnable") throw fieldProblem(422, `body.${outcome.field ?? "value"}`, outcome.problem);
    return c.body(null, 204);
  })
  .openapi({ ...activationRoute, middleware: optionalJsonBody() }, async (c) => {
    const { id } = c.req.valid("param");
    const { at } = c.req.valid("json");
    await requireOwn(c.env, c.executionCtx, id, c.get("caller"));
    countSessions([id]);
    const { models } = c.get("caller");
    const shown = { id, ...times(at, callersClocks()) };
    const { activations } = await appendFor(c.env, id, c.get("span").carrier, (partition, trace) =>
      partition.append({ ...NOTHING, activations: [{ ...shown, trace }], models }),
    );
    const [outcome] = activations;
    requireFound(outcome!);
    return c.body(null, 204);
  });

/** Who calls for itself says no time of sending: its clock is taken for right. */
function callersClocks(): Clocks {
  const now = Date.now();
  return { sentAt: now, receivedAt: now };
}

/** @throws ProblemError when the decision that something is for is not there for the caller: 404, 410, or 503 while that cannot be told. */
function requireFound(outcome: FeedbackOutcome | ActivationOutcome): void {
  if (outcome.status === "unknown") throw fieldProblem(404, "path.id", outcome.problem);
  if (outcome.status === "erased") throw fieldProblem(410, "path.id", outcome.problem);
  if (outcome.status === "lost" || outcome.status === "later") throw new ProblemError(503, outcome.problem);
}
