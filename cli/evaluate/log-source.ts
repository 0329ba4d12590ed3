import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";
import { withSpooled } from "../files/spool.ts";
import { exportLines } from "../log/export-lines.ts";
import { joinedLog } from "../log/joined-log.ts";
import { servedSpecs } from "../log/served-specs.ts";
import { withEdge } from "../log/with-edge.ts";
import type { LogFormat } from "../log-files/log-format.ts";
import type { LogSource } from "../log-files/read-log.ts";

/** Where the log is. */
export type WantedLog =
  | { from: "file"; file: string; format: LogFormat | null; actions: number | null; strict: boolean }
  | {
      from: "edge";
      model: string | null;
      version: number | null;
      url: string | undefined;
      stateDir: string | undefined;
    };

/**
 * Gives a log as a file that can be read twice: standard input, a pipe, and the log of an edge are kept in a temporary file while `use` runs.
 * @param use is also given the spec by whose reward rules the log was joined; null of a file.
 * @throws UsageError naming the file that cannot be read, or what the edge does not have.
 */
export async function withLog(
  wanted: WantedLog,
  use: (source: LogSource, joinedBy: ModelSpec | null) => Promise<void>,
): Promise<void> {
  if (wanted.from === "edge") {
    const { model, version, url, stateDir } = wanted;
    await withEdge({ url, stateDir }, console.error, (edge) => withEdgeLog(edge, model, version, use));
    return;
  }
  const { file, format, actions, strict } = wanted;
  const as = (path: string, name = file) => use({ file: path, name, format, actions, strict }, null);
  if (file === "-" || file === "/dev/stdin") await withSpooled(process.stdin, (path) => as(path, "standard input"));
  else if (isDirectory(file))
    throw new UsageError(`${file} is a directory. If it is a server's state, give it with --state-dir ${file}.`);
  else if (isPipe(file)) await withSpooled(createReadStream(file), (path) => as(path));
  else await as(file);
}

async function withEdgeLog(
  edge: EdgeCalls,
  wanted: string | null,
  version: number | null,
  use: (source: LogSource, joinedBy: ModelSpec) => Promise<void>,
): Promise<void> {
  const { name } = edge;
  const specs = await servedSpecs(edge, wanted, version);
  const [first, ...others] = specs;
  if (first === undefined) throw new UsageError(`${name} has no model yet.`);
  if (others.length > 0) throw new UsageError(`${name} has ${[...specs.keys()].join(", ")}: choose with --model.`);
  const [model, spec] = first;
  const { examples, count } = await joinedLog(edge, specs, model);
  if (count === 0) throw new UsageError(`${name} has no decisions of ${model} with an outcome yet.`);
  const lines = Readable.from(exportLines(examples, "edgewise", { written: 0, predictions: 0 }));
  await withSpooled(lines, (file) => use({ file, name, format: "edgewise", actions: null, strict: true }, spec));
}

/** As `<(zcat log.gz)` of a shell is. */
const isPipe = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFIFO() ?? false;

const isDirectory = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
