import { parseArgs } from "node:util";
import { UsageError } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { type VersionAnswer, versionText } from "./version-text.ts";

export const help = `edgewise rollback MODEL [--url URL]

  Makes the version live again that was live before the one that is, at once. Doing it again goes back further.
`;

/** @throws UsageError when there is nothing to go back to. */
export async function rollbackCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { url: { type: "string" } },
  });
  const [model, ...more] = positionals;
  if (model === undefined || more.length > 0) throw new UsageError(`Name one model.\n\n${help}`);
  const edge = new EdgeCalls(values.url);
  console.log(`${versionText(await edge.post<VersionAnswer>(`/v1/models/${model}/rollback`, {}))}.`);
}
