import { parseArgs } from "node:util";
import { oneArgument } from "../command.ts";
import { DEFAULT_URL, EdgeCalls } from "../edge-calls.ts";
import { modelPath, readModelName } from "../model-path.ts";
import { type VersionAnswer, versionText } from "./version-text.ts";

export const help = `edgewise rollback MODEL [--url URL]

  Makes the version live again that was live before the one that is, at once. Doing it again goes back further.

  --url URL  of the edge (${DEFAULT_URL})
`;

/** @throws UsageError when there is nothing to go back to. */
export async function rollbackCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { url: { type: "string" } },
  });
  const model = readModelName(oneArgument(positionals, "one model", help));
  const edge = new EdgeCalls(values.url);
  const live = await edge.post<VersionAnswer>(modelPath(model, "rollback"), {}, { "path.model": model });
  console.log(versionText(live, true));
}
