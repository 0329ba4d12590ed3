import { statSync } from "node:fs";
import type { SingleBar } from "cli-progress";
import { UsageError } from "../command.ts";
import type { Average } from "./average.ts";
import { supported } from "./option-names.ts";
import { readOptions } from "./options.ts";
import { runVw } from "./run.ts";

export const help = `edgewise vw -d FILE [VW's options]

  Learns FILE as Vowpal Wabbit would, with the same command line, and ends with the line that VW ends with. FILE may be gzipped; - or
  no -d is standard input.

  VW's options that it knows: ${supported()}.
  Any other is refused.
`;

/** @throws UsageError naming an option, a line or a file that is wrong. */
export async function vw(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options.data === "-" && process.stdin.isTTY)
    throw new UsageError("Give a file (-d FILE), or pipe one in: zcat FILE.gz | edgewise vw ...");
  for (const note of options.notes) console.error(`note: ${note}`);
  const bar = await progressBar(options.data);
  try {
    const { average, heldOut, notes } = await runVw(options, (bytes, so) => bar?.increment(bytes, { note: note(so) }));
    bar?.stop();
    for (const note of notes) console.error(`note: ${note}`);
    console.log(report(average, heldOut));
  } finally {
    bar?.stop();
  }
}

/** Ends with VW's own line: examples and `average loss = 0.429393`, with ` h` behind it where it is of what was held out. */
function report(average: Average, heldOut: number | null): string {
  const loss = heldOut ?? average.value;
  return `number of examples = ${average.count}\naverage loss = ${Number.isNaN(loss) ? "n.a." : loss.toFixed(6)}${heldOut === null ? "" : " h"}`;
}

const note = ({ count, value }: Average): string =>
  `${count} examples${Number.isNaN(value) ? "" : `, average loss ${value.toFixed(4)}`}`;

/** A bar where somebody watches, and the file is long enough to wait for. */
async function progressBar(file: string): Promise<SingleBar | null> {
  if (!process.stderr.isTTY) return null;
  const size = file === "-" ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  if (size < LONG) return null;
  // Loaded only here: without it the command starts sooner.
  const { Presets, SingleBar } = await import("cli-progress");
  const bar = new SingleBar(
    { stream: process.stderr, format: "{bar} {percentage} % | {note}", hideCursor: true, clearOnComplete: true },
    Presets.rect,
  );
  bar.start(size, 0, { note: "" });
  return bar;
}

/** Bytes; under this nobody needs to be told to wait. */
const LONG = 2 ** 20;
