import { readDecision } from "../../shared/contract/read-record.ts";
import { dsjsonLine } from "../log-files/dsjson.ts";
import type { LoggedExample } from "./log-join.ts";

/** dsjson: as Vowpal Wabbit and Personalizer log decisions; edgewise: each record as it was logged, with its value. */
export type ExportFormat = "dsjson" | "edgewise";

/** The lines of a log, with their ends. `counts` is kept up to date. */
export async function* exportLines(
  examples: AsyncIterable<LoggedExample>,
  format: ExportFormat,
  counts: { written: number; predictions: number },
): AsyncGenerator<string> {
  for await (const { record, value, at } of examples) {
    const line =
      format === "dsjson" ? rankLine(record, value, at) : `{"decision":${record},"value":${JSON.stringify(value)}}`;
    if (line === null) counts.predictions++;
    else {
      counts.written++;
      yield `${line}\n`;
    }
  }
}

/** null: of a model that predicts. @throws UnreadFormatError when the record is of a newer release. */
function rankLine(json: string, value: number, at: number): string | null {
  const record = readDecision(JSON.parse(json));
  return record.task === "rank" ? dsjsonLine(record, value, at) : null;
}
