import { ProblemError } from "../../intake/problem.ts";
import { getArtifact } from "../../storage/artifacts.ts";
import { artifactRoute } from "../api/models.ts";
import { router } from "../router.ts";

/** An artifact never changes, so whoever has it never needs to ask again. */
export const artifacts = router().openapi(artifactRoute, async (c) => {
  const { sha256 } = c.req.valid("param");
  const headers = { "cache-control": "public, max-age=31536000, immutable", etag: `"${sha256}"` };
  if (c.req.header("if-none-match")?.includes(`"${sha256}"`)) return c.body(null, 304, headers);
  const artifact = await getArtifact(c.env.ARTIFACTS, sha256);
  if (!artifact)
    throw new ProblemError(404, `There is no artifact ${sha256}`, [
      { field: "path.sha256", message: "is not the name of an artifact in the store" },
    ]);
  return c.body(artifact.body, 200, {
    ...headers,
    "content-type": "application/octet-stream",
    "content-length": String(artifact.size),
  });
});
