import { endExclusion, exclude, exclusionsOf } from "../../intake/exclusions.ts";
import { endExclusionRoute, excludeRoute, exclusionsRoute } from "../api/exclusions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

const moving = { "cache-control": "no-store" };

export const exclusions = router()
  .openapi(exclusionsRoute, async (c) =>
    c.json({ exclusions: await exclusionsOf(c.env, c.req.valid("param").model) }, 200, moving),
  )
  .openapi({ ...excludeRoute, middleware: jsonBody() }, async (c) =>
    c.json(await exclude(c.env, c.req.valid("param").model, c.req.valid("json")), 201, moving),
  )
  .openapi(endExclusionRoute, async (c) => {
    const { model, exclusion } = c.req.valid("param");
    return c.json(await endExclusion(c.env, model, Number(exclusion)), 200, moving);
  });
