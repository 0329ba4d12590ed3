import { canonicalJson } from "../../../shared/contract/canonical.ts";
import { exportHead } from "../../../shared/heads/onnx-export.ts";
import { newestSnapshot } from "../../intake/model-cache.ts";
import { ProblemError } from "../../intake/problem.ts";
import { deployedModels, deploymentOf } from "../../registry/deployments.ts";
import { manifestOf, requireModel } from "../../training/learners.ts";
import { modelRoute, modelsRoute, onnxRoute } from "../api/models.ts";
import { router } from "../router.ts";

/** Manifests move with every snapshot; only what they point to may be cached. */
const moving = { "cache-control": "no-store" };

export const models = router()
  .openapi(modelsRoute, async (c) => {
    const deployments = deployedModels().map((model) => deploymentOf(model)!);
    return c.json({ models: await Promise.all(deployments.map((d) => manifestOf(c.env, d))) }, 200, moving);
  })
  .openapi(modelRoute, async (c) =>
    c.json(await manifestOf(c.env, requireModel(c.req.valid("param").model)), 200, moving),
  )
  .openapi(onnxRoute, async (c) => {
    const { spec } = requireModel(c.req.valid("param").model);
    if (spec.learner.type === "factorised")
      throw new ProblemError(404, `${spec.name} has a factorised head, which has no ONNX form`, [
        { field: "path.model", message: "must be the name of a model with a linear head" },
      ]);
    const snapshot = await newestSnapshot(c.env, spec.name);
    const file = exportHead(snapshot, canonicalJson(spec));
    return c.body(file as Uint8Array<ArrayBuffer>, 200, {
      ...moving,
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${spec.name}-${snapshot.version}.${snapshot.number}.onnx"`,
    });
  });
