import { newestDirectory } from "../../intake/served-models.ts";
import { allPartitions } from "../../log/partitions.ts";
import { healthRoute } from "../api/operations.ts";
import { router } from "../router.ts";

/** Asks what an answer to a page needs, the log and the directory; what does not answer makes this an error answer. */
export const health = router().openapi(healthRoute, async (c) => {
  const partitions = allPartitions(c.env);
  const [directory] = await Promise.all([newestDirectory(c.env), ...partitions.map(({ stub }) => stub.statistics())]);
  const models = Object.keys(directory.models).sort();
  return c.json({ status: "ok" as const, partitions: partitions.length, models }, 200, { "cache-control": "no-store" });
});
