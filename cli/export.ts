import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { UsageError, wholeNumber } from "./command.ts";
import { DEFAULT_URL } from "./edge-calls.ts";
import { exportLines } from "./log/export-lines.ts";
import { joinedLog } from "./log/joined-log.ts";
import { servedSpecs } from "./log/served-specs.ts";
import { withEdge } from "./log/with-edge.ts";

export const help = `edgewise export --format FORMAT [options] > FILE

  Writes the decisions that an edge has logged, each with what came of it, in the order in which they were made. What came of it is said by the
  reward rules of the model's live version.

  --format FORMAT  dsjson: as Vowpal Wabbit and Personalizer log decisions (a cost is -reward); models that rank only
                   edgewise: lines of {"decision": the record as it was logged, "value": its reward or label}
  --model NAME     only this model's
  --version N      of the model: by the reward rules of this version
  --url URL        of the edge (${DEFAULT_URL})
  --state-dir DIR  instead: the state of a server on this machine that does not run (its STATE_DIR, or .state in the checkout); one is
                   started on it meanwhile
`;

/** @throws UsageError naming an option that is wrong. */
export async function exportCommand(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      format: { type: "string" },
      model: { type: "string" },
      version: { type: "string" },
      url: { type: "string" },
      "state-dir": { type: "string" },
    },
  });
  const { format, model = null, url, "state-dir": stateDir } = values;
  if (format !== "dsjson" && format !== "edgewise")
    throw new UsageError(
      `--format must be dsjson or edgewise${format === undefined ? "" : `, not ${JSON.stringify(format)}`}.`,
    );
  const version = values.version === undefined ? null : wholeNumber("version", values.version, 1);
  if (version !== null && model === null) throw new UsageError("--version is one of a model: say which with --model.");
  await withEdge({ url, stateDir }, console.error, async (edge) => {
    const { examples, without, unknown } = await joinedLog(edge, await servedSpecs(edge, model, version), model);
    const counts = { written: 0, predictions: 0 };
    try {
      await pipeline(Readable.from(exportLines(examples, format, counts)), process.stdout, { end: false });
    } catch (error) {
      // Whoever reads has seen enough.
      if ((error as NodeJS.ErrnoException).code === "EPIPE") return;
      throw error;
    }
    console.error(
      [
        `${counts.written} decisions written`,
        ...(counts.predictions > 0 ? [`${counts.predictions} of models that predict left out (dsjson has none)`] : []),
        ...(unknown.size > 0 ? [`those of ${[...unknown].join(", ")} left out: no version is live`] : []),
        ...(without > 0 ? [`${without} left out that have no feedback yet`] : []),
      ].join("; "),
    );
  });
}
