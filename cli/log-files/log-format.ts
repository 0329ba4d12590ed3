import { UsageError } from "../command.ts";
import { FileKindError } from "../files/file-kind.ts";
import { quoted } from "../files/input-error.ts";
import { isObject } from "../files/is-object.ts";
import { isServiceLine } from "../vw/line-without-decision.ts";
import { delimiterOf, isComment } from "./table-columns.ts";

/** vw: VW's text; json, dsjson: VW's JSON formats; csv: a table; edgewise: what `edgewise export` writes. */
const LOG_FORMATS = ["vw", "json", "dsjson", "csv", "edgewise"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** @throws UsageError when there is no such format. */
export function logFormat(name: string): LogFormat {
  const format = LOG_FORMATS.find((known) => known === name);
  if (format === undefined)
    throw new UsageError(`--format must be one of ${LOG_FORMATS.join(", ")}, not ${JSON.stringify(name)}.`);
  return format;
}

/** Lines before those that tell the format. */
export const isPreamble = (line: string): boolean => isServiceLine(line) || isComment(line);

/** Kinds of Metarank's events (its documentation, "Event types"). */
const METARANK = ["ranking", "interaction", "item", "user"];

/** How many lines that are not empty, and no preamble, tell the format: the first may have been cut, or tell of no decision. */
export const TELLING_LINES = 20;

type JsonObject = Record<string, unknown>;

/**
 * The format of a log, by its first lines that are not empty, and no preamble.
 * @throws FileKindError naming a format that is not read, and what to do.
 */
export function recognise(lines: readonly string[]): LogFormat {
  const first = lines[0] ?? "";
  const start = first.trimStart();
  if (start.startsWith("["))
    throw new FileKindError("it is a JSON array, which is not read: write one object a line (jq -c '.[]' FILE)");
  const objects = lines.flatMap(objectIn);
  if (!start.startsWith("{") && objects.length === 0) return recogniseText(first);
  if (/^\{\s*$/.test(start) && objects.length === 0)
    throw new FileKindError("it is JSON over several lines, which is not read: write one object a line (jq -c . FILE)");
  for (const object of objects) refuseOthers(object);
  // Where none can be read, the reader says what is wrong with them.
  return objects.map(formatOfObject).find((format) => format !== null) ?? "json";
}

function objectIn(line: string): JsonObject[] {
  if (!/^\s*\{/.test(line)) return [];
  try {
    return [JSON.parse(line) as JsonObject];
  } catch {
    return [];
  }
}

function refuseOthers(object: JsonObject): void {
  if (METARANK.includes(String(object.event)) && "id" in object && "timestamp" in object)
    throw new FileKindError(
      "these are Metarank's events, which tell no propensities: what another policy would have earned cannot be told from them",
    );
  const [key, ...others] = Object.keys(object);
  const list = others.length === 0 && key !== undefined && !key.startsWith("_") ? object[key] : null;
  if (Array.isArray(list) && list.some((item) => isObject(item) && formatOfObject(item) !== null))
    throw new FileKindError(
      `it is one JSON object with the decisions in a list, which is not read: write one object a line (jq -c '.${key}[]' FILE)`,
    );
}

/** Null: it is of no decision, so that it may be of any. With a list of actions of its own it is VW's JSON, whatever its namespaces are called. */
function formatOfObject(object: JsonObject): LogFormat | null {
  const { c, EventId, RewardValue, ActionTaken } = object;
  if ("_multi" in object) return "json";
  if ("decision" in object) return "edgewise";
  if (isObject(c)) return "dsjson";
  return EventId !== undefined && (RewardValue !== undefined || ActionTaken !== undefined) ? "dsjson" : null;
}

/** Nearly any line could be one of VW's text, but hardly any without a bar is. */
function recogniseText(line: string): LogFormat {
  if (delimiterOf(line) !== null) return "csv";
  if (/^\s*ccb /.test(line))
    throw new FileKindError(
      "it is VW's text of several slots (ccb), which is not read here: give the same decisions as dsjson (edgewise vw --ccb_explore_adf reads both)",
    );
  if (/^\s*<[!?a-z]/i.test(line))
    throw new FileKindError("it is HTML or XML, which is not read: maybe what a server answered instead of the log");
  if (line.includes("|") || line.trim() === "") return "vw";
  throw new FileKindError(
    `it is none of the formats that are read: its first line is no JSON, has no | as VW's text has, and not the columns action, reward and propensity of a table: ${quoted(line)}`,
  );
}
