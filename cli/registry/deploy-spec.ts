import type { EdgeCalls } from "../edge-calls.ts";
import { readGraph, readSpecFile } from "../read-spec-file.ts";
import type { StageOption } from "./stage.ts";
import type { VersionAnswer } from "./version-text.ts";

/** What a deployment is answered with. `created`: whether the version is new. */
export type Deployed = VersionAnswer & { created: boolean; warnings: string[] };

/**
 * Hands a spec file and its graph in.
 * @param graph another file than the one that the spec names.
 * @throws UsageError naming what is wrong with a file, or why the edge refuses it.
 */
export async function deploySpec(
  edge: EdgeCalls,
  path: string,
  graph: string | undefined,
  stage: StageOption,
): Promise<Deployed> {
  const spec = await readSpecFile(path);
  const file = readGraph(path, spec, graph);
  if (file) await edge.putArtifact(file.sha256, file.bytes);
  const body = { spec, ...(file && { graph: file.sha256 }), ...stage };
  return edge.post<Deployed>(`/v1/models/${spec.name}/versions`, body);
}
