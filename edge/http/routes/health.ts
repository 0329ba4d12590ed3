import { allPartitions } from "../../log/partitions.ts";
import { deployedModels } from "../../registry/deployments.ts";
import { learnerOf } from "../../training/learners.ts";
import { healthRoute } from "../api/operations.ts";
import { router } from "../router.ts";

/** Asks everything that has to work; what does not answer makes this an error answer. */
export const health = router().openapi(healthRoute, async (c) => {
  const partitions = allPartitions(c.env);
  const models = deployedModels();
  await Promise.all([
    ...partitions.map(({ stub }) => stub.statistics()),
    ...models.map((model) => learnerOf(c.env, model).status()),
  ]);
  return c.json({ status: "ok" as const, partitions: partitions.length, models }, 200, { "cache-control": "no-store" });
});
