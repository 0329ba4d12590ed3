import { allPartitions } from "../../log/partitions.ts";
import { deployedModels, deploymentOf } from "../../registry/deployments.ts";
import { statusOf } from "../../training/learners.ts";
import { healthRoute } from "../api/operations.ts";
import { router } from "../router.ts";

/** Asks everything that has to work; what does not answer makes this an error answer. */
export const health = router().openapi(healthRoute, async (c) => {
  const partitions = allPartitions(c.env);
  const models = deployedModels();
  await Promise.all([
    ...partitions.map(({ stub }) => stub.statistics()),
    ...models.map((model) => statusOf(c.env, deploymentOf(model)!)),
  ]);
  return c.json({ status: "ok" as const, partitions: partitions.length, models }, 200, { "cache-control": "no-store" });
});
