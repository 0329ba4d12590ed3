import { FileKindError } from "../files/file-kind.ts";
import { isObject } from "../files/is-object.ts";
import type { LineReader } from "../files/line-reader.ts";
import { isEmpty } from "../files/lines.ts";
import { delimiterOf } from "../log-files/table-columns.ts";
import { isServiceLine } from "./line-without-decision.ts";
import type { VwOptions } from "./options.ts";

/** A reader that refuses a file by its first line where that is of another format: nearly any line could be one of VW's text, of which nothing is learned. */
export function ofFormat(format: VwOptions["format"], reader: LineReader): LineReader {
  let isFirst = true;
  return {
    line(bytes, start, end) {
      if (isFirst && !isEmpty(bytes, start, end)) {
        isFirst = false;
        refuseOther(format, Buffer.from(bytes.subarray(start, end)).toString());
      }
      reader.line(bytes, start, end);
    },
    spoil: () => reader.spoil(),
    end: () => reader.end(),
  };
}

/** @throws FileKindError saying what to do. */
function refuseOther(format: VwOptions["format"], line: string): void {
  const value = valueIn(line);
  if (format === "text" && isObject(value)) {
    const option = isObject(value.c) && !("_multi" in value) ? "--dsjson" : "--json";
    throw new FileKindError(`the file looks like ${option.slice(2)}: give ${option}`);
  }
  if (format === "text" && !line.includes("|") && delimiterOf(line) !== null)
    throw new FileKindError("the file looks like a table of decisions, which VW does not read: edgewise evaluate does");
  if (format !== "text" && (Array.isArray(value) || line.trim() === "[") && !isServiceLine(line))
    throw new FileKindError("the file is a JSON array, which is not read: write one object a line (jq -c '.[]' FILE)");
}

function valueIn(line: string): unknown {
  if (!/^\s*[[{]/.test(line)) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
