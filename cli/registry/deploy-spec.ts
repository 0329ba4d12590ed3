import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";
import { modelPath } from "../model-path.ts";
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
  return deployVersion(edge, path, spec, readGraph(path, spec, graph), stage);
}

/** A graph that is to be handed in, or the hash of one that the edge has. */
export type DeployedGraph = NonNullable<ReturnType<typeof readGraph>> | { sha256: string };

/** Makes a version of a spec. @param path what the spec is called. @throws UsageError saying why the edge refuses it. */
export async function deployVersion(
  edge: EdgeCalls,
  path: string,
  spec: ModelSpec,
  graph: DeployedGraph | null,
  stage: StageOption,
): Promise<Deployed> {
  const body = { spec, ...(graph && { graph: graph.sha256 }), ...stage };
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes > MAX_BODY_BYTES)
    throw new UsageError(
      `${path}: the spec is too large. As JSON it makes a call of ${bytes} bytes, which may have at most ${MAX_BODY_BYTES}.`,
    );
  const file = graph && "bytes" in graph ? graph : null;
  if (file) await edge.putArtifact(file.sha256, file.bytes, { body: `${file.path}:` });
  return edge.post<Deployed>(modelPath(spec.name, "versions"), body, {
    ...{ "path.model": spec.name, "body.spec": `${path}:`, "body.stage": "--stage", "body.share": "--stage" },
    ...(file && { "body.graph": `${file.path}:` }),
  });
}
