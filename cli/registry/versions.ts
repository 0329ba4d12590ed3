import { parseArgs } from "node:util";
import { UsageError } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { named, type VersionAnswer } from "./version-text.ts";

export const help = `edgewise versions MODEL [--url URL] [--json]

  Lists the versions of a model: what each is, how much it has learned, and what was changed last.
`;

type Answer = {
  versions: (VersionAnswer & {
    createdAt: number;
    /** Why its trainer could not be told of it the last time. */
    problem: string | null;
    training: {
      examples: number;
      meanFeedback: number | null;
      progressiveLoss: number | null;
      lag: number;
    } | null;
  })[];
  history: { at: number; version: number; what: string }[];
};

/** Most entries of the history that are printed. */
const HISTORY = 10;

/** @throws UsageError when the edge does not know the model. */
export async function versionsCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { url: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const [model, ...more] = positionals;
  if (model === undefined || more.length > 0) throw new UsageError(`Name one model.\n\n${help}`);
  const answer = await new EdgeCalls(values.url).get<Answer>(`/v1/models/${model}/versions`);
  if (values.json) return console.log(JSON.stringify(answer));
  const number = (x: number | null | undefined) => (x === undefined ? "" : (x?.toFixed(4) ?? "none"));
  const whole = (x: number | undefined) => x?.toLocaleString("en") ?? "";
  const rows = answer.versions.map(({ version, stage, share, wanted, training, createdAt }) => [
    `${model}@${version}`,
    wanted ? `${named(stage, share)}, to be ${named(wanted.stage, wanted.share)}` : named(stage, share),
    whole(training?.examples),
    whole(training?.lag),
    number(training?.progressiveLoss),
    number(training?.meanFeedback),
    time(createdAt),
  ]);
  console.log(columns([["version", "stage", "examples", "lag", "loss", "mean feedback", "deployed"], ...rows]));
  for (const { version, problem } of answer.versions)
    if (problem !== null) console.log(`${model}@${version} could not be told of its stage: ${problem}`);
  console.log(
    `\nlast changes\n${columns(answer.history.slice(0, HISTORY).map((h) => [time(h.at), `${model}@${h.version}`, h.what]))}`,
  );
}

const time = (at: number): string => new Date(at).toISOString().replace("T", " ").slice(0, 19);

/** Rows of text as columns of equal width. */
function columns(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
