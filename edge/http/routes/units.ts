import { eraseUnit, erasureOf, erasures, unitRecords } from "../../intake/units.ts";
import { eraseUnitRoute, erasureRoute, erasuresRoute, unitRoute } from "../api/units.ts";
import { router } from "../router.ts";

const moving = { "cache-control": "no-store" };

export const units = router()
  .openapi(unitRoute, async (c) => {
    const { after, limit } = c.req.valid("query");
    return c.json(await unitRecords(c.env, c.req.valid("param").unit, after ?? null, limit), 200, moving);
  })
  .openapi(eraseUnitRoute, async (c) => {
    const erasure = await eraseUnit(c.env, c.req.valid("param").unit);
    return c.json(erasure, 202, { ...moving, location: `/v1/erasures/${erasure.id}` });
  })
  .openapi(erasuresRoute, async (c) => c.json({ erasures: await erasures(c.env) }, 200, moving))
  .openapi(erasureRoute, async (c) => c.json(await erasureOf(c.env, c.req.valid("param").erasure), 200, moving));
