import { fieldProblem } from "../../intake/problem.ts";
import { currentDirectory } from "../../intake/served-models.ts";
import { binaryModels } from "../../intake/sort.ts";
import type { Append } from "../../log/messages.ts";
import { partitionFor } from "../../log/partitions.ts";
import { activationRoute, feedbackRoute } from "../api/decisions.ts";
import { jsonBody, optionalJsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

/** What a single call appends beside its own: nothing. */
const NOTHING: Omit<Append, "receivedAt"> = {
  decisions: [],
  feedback: [],
  activations: [],
  unusable: [],
  keepRejected: false,
  binary: [],
};

export const feedback = router()
  .openapi({ ...feedbackRoute, middleware: jsonBody() }, async (c) => {
    const { id } = c.req.valid("param");
    const { value, at, final = false } = c.req.valid("json");
    const binary = binaryModels(await currentDirectory(c.env, c.executionCtx));
    const receivedAt = Date.now();
    const given = { id, value, final, ...times(at, receivedAt) };
    const { feedback } = await partitionFor(c.env, id).append({ ...NOTHING, receivedAt, feedback: [given], binary });
    const [outcome] = feedback;
    if (outcome!.status === "unlearnable") throw fieldProblem(422, "body.value", outcome!.problem);
    return c.body(null, 204);
  })
  .openapi({ ...activationRoute, middleware: optionalJsonBody() }, async (c) => {
    const { id } = c.req.valid("param");
    const { at } = c.req.valid("json");
    const receivedAt = Date.now();
    const activations = [{ id, ...times(at, receivedAt) }];
    await partitionFor(c.env, id).append({ ...NOTHING, receivedAt, activations });
    return c.body(null, 204);
  });

const times = (at: number | undefined, receivedAt: number): { claimedAt: number | null; at: number } => ({
  claimedAt: at ?? null,
  at: Math.min(at ?? receivedAt, receivedAt),
});
