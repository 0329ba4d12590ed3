import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import type { DecisionRecord } from "../shared/contract/record.ts";
import { UsageError } from "./command.ts";
import { dsjsonLine } from "./log-files/dsjson.ts";
import { type LoggedExample, PartitionDatabases } from "./log-files/partition-databases.ts";

export const help = `edgewise export --format FORMAT [options] > FILE

  Writes the decisions that a server on this machine has logged, each with what came of it, in the order in which they were made. It
  reads the databases in the server's state directory: the server may be running, but needs not.

  --format FORMAT  dsjson: as Vowpal Wabbit and Personalizer log decisions (a cost is -reward); models that rank only
                   edgewise: lines of {"decision": the record as it was logged, "value": its reward or label}
  --model NAME     only this model's
  --state-dir DIR  the server's state directory (STATE_DIR, or .state in the checkout)
`;

/** @throws UsageError naming an option that is wrong. */
export async function exportCommand(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { format: { type: "string" }, model: { type: "string" }, "state-dir": { type: "string" } },
  });
  const { format, model = null } = values;
  if (format !== "dsjson" && format !== "edgewise")
    throw new UsageError(
      `--format must be dsjson or edgewise${format === undefined ? "" : `, not ${JSON.stringify(format)}`}.`,
    );
  const root = resolve(import.meta.dirname, "..");
  const stateDir = values["state-dir"] ?? resolve(root, process.env.STATE_DIR || ".state");
  const databases = new PartitionDatabases(stateDir);
  const counts = { written: 0, predictions: 0 };
  try {
    await pipeline(Readable.from(lines(databases.examples(model), format, counts)), process.stdout, { end: false });
    const waiting = databases.countWithout(model);
    console.error(
      [
        `${counts.written} decisions written`,
        ...(counts.predictions > 0 ? [`${counts.predictions} of models that predict left out (dsjson has none)`] : []),
        ...(waiting > 0 ? [`${waiting} left out that have no feedback yet`] : []),
      ].join("; "),
    );
  } catch (error) {
    // Whoever reads has seen enough.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  } finally {
    databases.close();
  }
}

/** The lines of a log in one of the formats. `counts` is kept up to date. */
export function* lines(
  examples: Iterable<LoggedExample>,
  format: "dsjson" | "edgewise",
  counts: { written: number; predictions: number },
): Generator<string> {
  for (const { body, value, at } of examples) {
    const record = JSON.parse(body) as DecisionRecord;
    if (format === "dsjson" && record.task !== "rank") {
      counts.predictions++;
      continue;
    }
    counts.written++;
    const line =
      format === "dsjson" && record.task === "rank"
        ? dsjsonLine(record, value, at)
        : JSON.stringify({ decision: record, value });
    yield `${line}\n`;
  }
}
