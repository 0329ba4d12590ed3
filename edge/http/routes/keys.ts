import { parseDuration } from "../../../shared/contract/duration.ts";
import { createKey, listKeys, revokeKey, rotateKey } from "../../intake/key-changes.ts";
import { createKeyRoute, GRACE, keysRoute, revokeKeyRoute, rotateKeyRoute } from "../api/keys.ts";
import { jsonBody, optionalJsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

const secret = { "cache-control": "no-store" };

export const keys = router()
  .openapi(keysRoute, async (c) => c.json(await listKeys(c.env), 200, secret))
  .openapi({ ...createKeyRoute, middleware: jsonBody() }, async (c) => {
    const { models = null, origins = [], rate = null, expiresAt = null, ...rest } = c.req.valid("json");
    const asked = { ...rest, models, origins, rate, expiresAt };
    return c.json(await createKey(c.env, c.get("caller"), asked), 201, secret);
  })
  .openapi(revokeKeyRoute, async (c) => {
    const revoked = await revokeKey(c.env, c.get("caller"), c.req.valid("param").id);
    return c.json(revoked, revoked.pending ? 202 : 200, secret);
  })
  .openapi({ ...rotateKeyRoute, middleware: optionalJsonBody() }, async (c) => {
    // Where there is no body, nothing filled it in.
    const { grace = GRACE } = c.req.valid("json");
    const made = await rotateKey(c.env, c.get("caller"), c.req.valid("param").id, parseDuration(grace));
    return c.json(made, 201, secret);
  });
