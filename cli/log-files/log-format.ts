import { UsageError } from "../command.ts";
import { isCsvHeader } from "./csv-events.ts";

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

/** The format of a log, by its first line that is not empty. */
export function recognise(line: string): LogFormat {
  if (!line.trimStart().startsWith("{")) return isCsvHeader(line) ? "csv" : "vw";
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(line);
  } catch {
    // The reader says what is wrong with it.
    return "json";
  }
  if ("decision" in object) return "edgewise";
  return typeof object.c === "object" ? "dsjson" : "json";
}
