import { newSessionId } from "../../intake/session-id.ts";
import { sessionRoute } from "../api/sessions.ts";
import { router } from "../router.ts";

/** Sessions are issued by the edge, so that nobody can try ids until they give the choice they want (DESIGN, rule 5). */
export const sessions = router().openapi(sessionRoute, (c) => c.json({ session: newSessionId() }, 201));
