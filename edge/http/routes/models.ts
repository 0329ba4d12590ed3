import { canonicalJson } from "../../../shared/contract/canonical.ts";
import type { Directory } from "../../../shared/contract/directory.ts";
import { exportHead } from "../../../shared/heads/onnx-export.ts";
import { type Caller, isFor } from "../../intake/caller.ts";
import { manifestOf } from "../../intake/manifests.ts";
import { ProblemError } from "../../intake/problem.ts";
import { newestDirectory } from "../../intake/served-models.ts";
import { errorFields, writeOutput } from "../../observe/output.ts";
import { readSnapshot } from "../../storage/snapshots.ts";
import { directoryRoute, modelRoute, modelsRoute, onnxRoute } from "../api/models.ts";
import { router } from "../router.ts";

/** Manifests move with every snapshot; only what they point to may be cached. */
const moving = { "cache-control": "no-store" };

export const models = router()
  .openapi(directoryRoute, async (c) => {
    const caller = c.get("caller");
    const directory = partFor(caller, await newestDirectory(c.env));
    // What a key is told depends on its models.
    const etag = `"${[directory.number, ...(caller.models ?? [])].join(".")}"`;
    const headers = { etag, "cache-control": "no-cache" };
    if (c.req.header("if-none-match")?.includes(etag)) return c.body(null, 304, headers);
    return c.json(directory, 200, headers);
  })
  .openapi(modelsRoute, async (c) => {
    const directory = partFor(c.get("caller"), await newestDirectory(c.env));
    const served = Object.entries(directory.models).filter(([, { versions }]) =>
      versions.some(({ stage }) => stage === "live"),
    );
    // One that cannot be read hides no other.
    const answers = await Promise.all(
      served.map(([model]) =>
        manifestOf(c.env, directory, model).catch((error: unknown) => unread(c.get("caller"), model, error)),
      ),
    );
    return c.json(
      {
        models: answers.filter((answer) => "directory" in answer),
        unread: answers.filter((answer) => "problem" in answer),
      },
      200,
      moving,
    );
  })
  .openapi(modelRoute, async (c) =>
    c.json(await manifestOf(c.env, await newestDirectory(c.env), c.req.valid("param").model), 200, moving),
  )
  .openapi(onnxRoute, async (c) => {
    const { spec, ...manifest } = await manifestOf(c.env, await newestDirectory(c.env), c.req.valid("param").model);
    if (spec.learner.type === "factorised")
      throw new ProblemError(404, `${spec.name} has a factorised head, which has no ONNX form`, [
        { field: "path.model", message: "must be the name of a model with a linear head" },
      ]);
    const snapshot = await readSnapshot(c.env.ARTIFACTS, manifest);
    const file = exportHead(snapshot, canonicalJson(spec));
    return c.body(file as Uint8Array<ArrayBuffer>, 200, {
      ...moving,
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${spec.name}-${snapshot.version}.${snapshot.number}.onnx"`,
    });
  });

/** What of a directory a caller's key is for. */
function partFor(caller: Caller, directory: Directory): Directory {
  if (caller.models === null) return directory;
  const models = Object.entries(directory.models).filter(([model]) => isFor(caller, model));
  return { ...directory, models: Object.fromEntries(models) };
}

/** What is told of a model whose manifest cannot be read; why, to operators alone, as of parts (routes/health.ts). */
function unread({ kind }: Caller, model: string, error: unknown): { model: string; problem: string } {
  writeOutput("error", "the manifest of a model cannot be read", { model, ...errorFields(error) });
  const why = kind === "secret" && error instanceof Error ? `: ${error.message}` : "";
  return { model, problem: `cannot be read at the moment${why}` };
}
