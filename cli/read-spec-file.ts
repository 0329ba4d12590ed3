import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defineModel } from "../shared/contract/define.ts";
import { MAX_GRAPH_BYTES } from "../shared/contract/limits.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { UsageError } from "./command.ts";

/**
 * Reads the spec that somebody wrote: a .ts or .js file whose default export is `defineModel(...)`, or a .json file, where `defineModel`
 * fills in what is left out.
 * @throws UsageError naming the file, and every field that is wrong.
 */
export async function readSpecFile(path: string): Promise<ModelSpec> {
  if (!existsSync(path)) throw new UsageError(`There is no file ${path}.`);
  const written = extname(path) === ".json" ? parseJson(path) : await defaultExport(path);
  if (typeof written !== "object" || written === null) throw new UsageError(`${path}: a spec is an object.`);
  try {
    return defineModel(written as Parameters<typeof defineModel>[0]);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

/**
 * The graph of a spec: the file that was named, else the one that the spec names, beside it.
 * @throws UsageError naming the file that is not there, or what does not go together.
 */
export function readGraph(
  specPath: string,
  { name, graph }: ModelSpec,
  given: string | undefined,
): { path: string; sha256: string; bytes: Uint8Array<ArrayBuffer> } | null {
  if (graph === undefined) {
    if (given === undefined) return null;
    throw new UsageError(
      `The spec of ${name} names no graph (graph: "./FILE.onnx"), so --graph ${given} would not be used.`,
    );
  }
  const path = given ?? resolve(dirname(specPath), graph);
  if (!existsSync(path))
    throw new UsageError(
      `There is no graph ${path}${given === undefined ? `, which the spec of ${name} names: name another with --graph` : ""}.`,
    );
  const { size } = statSync(path);
  if (size > MAX_GRAPH_BYTES)
    throw new UsageError(`${path} has ${size} bytes, and a graph must have at most ${MAX_GRAPH_BYTES}.`);
  const bytes = new Uint8Array(readFile(path));
  if (bytes.length === 0) throw new UsageError(`${path} is empty, and a graph is an ONNX file.`);
  return { path, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** @throws UsageError naming the file. */
function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === "EISDIR" ? `${path} is a directory, not a file.` : `${path} cannot be read: ${message}`,
    );
  }
}

function parseJson(path: string): unknown {
  const text = readFile(path).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`);
  }
}

async function defaultExport(path: string): Promise<unknown> {
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new UsageError(`${path} cannot be loaded: ${(error as Error).message}`);
  }
  if (module.default === undefined)
    throw new UsageError(`${path} has no default export: export default defineModel({ ... }).`);
  return module.default;
}
