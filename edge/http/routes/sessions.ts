import { LOCAL } from "../../../shared/contract/issued-session.ts";
import { OPEN } from "../../intake/caller.ts";
import { issueSessions } from "../../intake/session-secrets.ts";
import { sessionRoute } from "../api/sessions.ts";
import { optionalJsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

/** Sessions are issued by the edge, so that nobody can try ids until they give the choice they want (DESIGN, rule 5). */
export const sessions = router().openapi({ ...sessionRoute, middleware: optionalJsonBody() }, async (c) => {
  const { count = 1 } = c.req.valid("json");
  const caller = c.get("caller");
  // Pages use what a server asks for: only those of this machine, before there are keys, are known to be no strangers.
  const to = caller === OPEN ? LOCAL : { network: caller.network };
  const sessions = await issueSessions(c.env, c.executionCtx, count, to);
  return c.json({ session: sessions[0]!, sessions }, 201);
});
