import { MAX_GRAPH_BYTES } from "../../../shared/contract/limits.ts";
import { mayHave } from "../../intake/artifact-owners.ts";
import { fieldProblem, ProblemError } from "../../intake/problem.ts";
import { getArtifact, storeArtifact } from "../../storage/artifacts.ts";
import { artifactRoute, putArtifactRoute } from "../api/models.ts";
import { compressedArtifact, MAX_COMPRESSED } from "../compressed-artifacts.ts";
import { gzipResponse, takesGzip } from "../gzip-response.ts";
import { router } from "../router.ts";

/** An artifact never changes, so whoever has it never needs to ask again. */
export const artifacts = router()
  .openapi(artifactRoute, async (c) => {
    const { sha256 } = c.req.valid("param");
    // The same bytes by another name when they are compressed.
    const etag = (coding: string) => `"${sha256}${coding}"`;
    const headers = {
      // Caches that several callers share know nothing of keys.
      "cache-control": "private, max-age=31536000, immutable",
      etag: etag(""),
    };
    c.header("vary", "origin, accept-encoding");
    const held = c.req.header("if-none-match") ?? "";
    const isHeld = ["", "-gzip"].some((coding) => held.includes(etag(coding)));
    const caller = c.get("caller");
    if (isHeld && caller.models === null) return c.body(null, 304, headers);
    const artifact = await getArtifact(c.env.ARTIFACTS, sha256);
    const found = artifact && (await mayHave(c.env, c.executionCtx, caller, sha256, artifact));
    if (!found || isHeld) await artifact?.body.cancel();
    if (!found)
      throw new ProblemError(404, `There is no artifact ${sha256}`, [
        { field: "path.sha256", message: "is not the name of an artifact in the store" },
      ]);
    if (isHeld) return c.body(null, 304, headers);
    const described = { ...headers, "content-type": "application/octet-stream" };
    if (artifact.size > MAX_COMPRESSED || !takesGzip(c))
      return c.body(artifact.body, 200, { ...described, "content-length": String(artifact.size) });
    // Without a length, which a server for development that unpacks it on its way would pass on as it is.
    const bytes = new Blob([await compressedArtifact(sha256, artifact.body)]).stream();
    const body = bytes.pipeThrough(new TransformStream());
    return gzipResponse(c, body, { ...described, etag: etag("-gzip") }) as never;
  })
  .openapi(putArtifactRoute, async (c) => {
    const { sha256 } = c.req.valid("param");
    const length = Number(c.req.header("content-length") ?? Number.NaN);
    if (!Number.isSafeInteger(length))
      throw fieldProblem(411, "header.content-length", "must say how many bytes the body has");
    if (length > MAX_GRAPH_BYTES) throw fieldProblem(413, "body", `must have at most ${MAX_GRAPH_BYTES} bytes`);
    const { body } = c.req.raw;
    if (!body || length === 0) throw fieldProblem(400, "body", "must not be empty");
    if (!(await storeArtifact(c.env.ARTIFACTS, sha256, body, length)))
      throw fieldProblem(400, "body", `must have the SHA-256 ${sha256}, which names it`);
    return c.body(null, 204);
  });
