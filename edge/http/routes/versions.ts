import { changeVersion, deployVersion, replayOf, rollBack, snapshotBytes, versionsOf } from "../../intake/versions.ts";
import {
  changeRoute,
  deployRoute,
  replayRoute,
  rollbackRoute,
  snapshotRoute,
  startReplayRoute,
  versionsRoute,
} from "../api/versions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

const moving = { "cache-control": "no-store" };

export const versions = router()
  .openapi(versionsRoute, async (c) => c.json(await versionsOf(c.env, c.req.valid("param").model), 200, moving))
  .openapi({ ...deployRoute, middleware: jsonBody() }, async (c) => {
    const { spec, graph, stage, share = null } = c.req.valid("json");
    const deployed = await deployVersion(c.env, c.req.valid("param").model, { spec, graph, wish: { stage, share } });
    return c.json(deployed, deployed.created ? 201 : 200, moving);
  })
  .openapi({ ...changeRoute, middleware: jsonBody() }, async (c) => {
    const { model, version } = c.req.valid("param");
    const { stage, share = null } = c.req.valid("json");
    return c.json(await changeVersion(c.env, model, Number(version), { stage, share }), 200, moving);
  })
  .openapi(rollbackRoute, async (c) => c.json(await rollBack(c.env, c.req.valid("param").model), 200, moving))
  .openapi(startReplayRoute, async (c) => {
    const { model, version } = c.req.valid("param");
    return c.json(await replayOf(c.env, model, Number(version), true), 200, moving);
  })
  .openapi(replayRoute, async (c) => {
    const { model, version } = c.req.valid("param");
    return c.json(await replayOf(c.env, model, Number(version), false), 200, moving);
  })
  .openapi(snapshotRoute, async (c) => {
    const { model, version, snapshot } = c.req.valid("param");
    const bytes = await snapshotBytes(c.env, model, Number(version), Number(snapshot));
    return c.body(bytes, 200, {
      // A number never names two contents.
      "cache-control": "private, max-age=31536000, immutable",
      "content-type": "application/octet-stream",
    });
  });
