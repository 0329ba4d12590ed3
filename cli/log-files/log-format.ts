import { UsageError } from "../command.ts";
import { FileKindError } from "../files/file-kind.ts";
import { quoted } from "../files/input-error.ts";
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

/**
 * The format of a log, by its first line that is not empty, and no preamble.
 * @throws FileKindError naming a format that is not read, and what to do.
 */
export function recognise(line: string): LogFormat {
  const start = line.trimStart();
  if (start.startsWith("["))
    throw new FileKindError("it is a JSON array, which is not read: write one object a line (jq -c '.[]' FILE)");
  if (!start.startsWith("{")) return recogniseText(line);
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(line);
  } catch {
    // The reader says what is wrong with it.
    return "json";
  }
  if (METARANK.includes(String(object.event)) && "id" in object && "timestamp" in object)
    throw new FileKindError(
      "these are Metarank's events, which tell no propensities: what another policy would have earned cannot be told from them",
    );
  if ("decision" in object) return "edgewise";
  return isDecisionService(object) ? "dsjson" : "json";
}

/** Its first line may tell of a reward that came late, and have no decision. */
const isDecisionService = ({ c, EventId, RewardValue }: Record<string, unknown>): boolean =>
  typeof c === "object" || (EventId !== undefined && RewardValue !== undefined);

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
