import { closeSync, openSync, writeSync } from "node:fs";
import { ExampleCacheWriter } from "../../shared/artifact/example-cache.ts";
import { UsageError } from "../command.ts";
import { readOptions } from "./options.ts";
import { kindOf, readExamples } from "./run.ts";

export const help = `edgewise cache OUT -d FILE [VW's options]

  Writes the examples of FILE as \`edgewise vw\` reads them with these options, but parsed: \`edgewise vw -d OUT\` with the same options
  gives the same result, sooner. (VW's own caches have another format.)
`;

/** @throws UsageError naming an option, a line or a file that is wrong. */
export async function cache(args: readonly string[]): Promise<void> {
  const [out, ...rest] = args;
  if (out === undefined || out.startsWith("-")) throw new UsageError("The first argument is the file to write.");
  const options = readOptions(rest);
  const file = openOutput(out);
  try {
    const writer = new ExampleCacheWriter(kindOf(options), (bytes) => {
      // A file may take less than it was given.
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    });
    const problems = await readExamples(options, {
      example: (example) => writer.add(example, true),
      event(shared, actions, count) {
        if (shared !== null) writer.add(asShared(shared), false);
        for (let i = 0; i < count; i++) writer.add(actions[i]!, i === count - 1);
      },
    });
    writer.end();
    for (const note of problems.notes) console.error(`note: ${note}`);
  } finally {
    closeSync(file);
  }
}

function openOutput(out: string): number {
  try {
    return openSync(out, "w");
  } catch (error) {
    throw new UsageError(`${out} cannot be written: ${(error as Error).message}`);
  }
}

/** What an event of JSON shares is not marked so. */
function asShared<T extends { shared: boolean }>(example: T): T {
  example.shared = true;
  return example;
}
