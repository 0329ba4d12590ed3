import { parseArgs } from "node:util";
import { oneArgument } from "../command.ts";
import { DEFAULT_URL, EdgeCalls } from "../edge-calls.ts";
import { readModelName } from "../model-path.ts";
import { columns, time } from "../table.ts";
import { modelVersions } from "./model-versions.ts";
import { label, named, problemText, rangeText } from "./version-text.ts";

export const help = `edgewise versions MODEL [--url URL] [--json]

  Lists the versions of a model: what each is, how much it has learned, and what was changed last.

  --url URL  of the edge (${DEFAULT_URL})
  --json     prints what the edge answers
`;

/** Most entries of the history that are printed. */
const HISTORY = 10;

/** @throws UsageError when the edge does not know the model. */
export async function versionsCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { url: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const model = readModelName(oneArgument(positionals, "one model", help));
  const answer = await modelVersions(new EdgeCalls(values.url), model);
  if (values.json) return console.log(JSON.stringify(answer));
  const number = (x: number | null | undefined) => (x === undefined ? "" : (x?.toFixed(4) ?? "none"));
  const whole = (x: number | undefined) => x?.toLocaleString("en") ?? "";
  const rows = answer.versions.map((version) => {
    const { wanted, training, createdAt } = version;
    return [
      label(version),
      wanted ? `${named(version)}, to be ${named(wanted)}` : named(version),
      whole(training?.examples),
      whole(training?.lag),
      number(training?.progressiveLoss),
      number(training?.meanFeedback),
      time(createdAt),
    ];
  });
  console.log(columns([["version", "stage", "examples", "lag", "loss", "mean feedback", "deployed"], ...rows]));
  for (const { version, training } of answer.versions) {
    const { unlearnable = 0, unlearned = [], clamped = 0, bounded = {}, missing } = training ?? {};
    const range = rangeText(training?.log);
    if (range) console.log(`${model}@${version}: learns a part of the log${range}`);
    if (clamped > 0) console.log(`${model}@${version}: ${whole(clamped)} rewards were outside the range, and clamped`);
    for (const [of, n] of Object.entries(bounded))
      if (n > 0)
        console.log(`${model}@${version}: ${whole(n)} examples were passed over by the bound of perHour.${of}`);
    if (missing && missing.names.length > 0 && missing.decisions > 0)
      console.log(`${model}@${version}: none of ${whole(missing.decisions)} examples had ${missing.names.join(", ")}`);
    if (unlearnable > 0) console.log(`${model}@${version}: ${whole(unlearnable)} examples were set aside`);
    for (const { reason, n, partition, decision } of unlearned)
      console.log(`  ${whole(n)}, the last at ${decision} of partition ${partition}: ${reason}`);
  }
  for (const line of answer.versions.flatMap(problemText)) console.log(line);
  console.log(
    `\nlast changes\n${columns(answer.history.slice(0, HISTORY).map((h) => [time(h.at), `${model}@${h.version}`, h.what]))}`,
  );
}
