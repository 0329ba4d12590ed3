import { putPartBack } from "../../intake/recovery.ts";
import { recoverRoute } from "../api/recovery.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const recovery = router().openapi({ ...recoverRoute, middleware: jsonBody() }, async (c) => {
  const { part, at, bookmark } = c.req.valid("json");
  const undo = await putPartBack(c.env, part, at === undefined ? { bookmark: bookmark! } : { at });
  return c.json({ part, undo }, 202, { "cache-control": "no-store" });
});
