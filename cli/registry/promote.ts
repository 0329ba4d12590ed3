import { parseArgs } from "node:util";
import { UsageError } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { readStage, readVersionLabel } from "./stage.ts";
import { type VersionAnswer, versionText } from "./version-text.ts";
import { whenSettled } from "./wait.ts";

export const help = `edgewise promote MODEL@VERSION --stage live|canary:SHARE|shadow|retired [--url URL] [--wait]

  Gives a version another stage. One that is to be live or a canary becomes so when it has caught up; one that was live before, at once. What was live
  goes on as a shadow, so that going back finds it warm.

  --url URL  of the edge (http://localhost:8787)
  --wait     end when the version is what was asked for
`;

/** @throws UsageError naming an option that is wrong, or why it cannot be. */
export async function promoteCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { stage: { type: "string" }, url: { type: "string" }, wait: { type: "boolean", default: false } },
  });
  const { model, version } = readVersionLabel(positionals[0]);
  if (values.stage === undefined) throw new UsageError(`Say what ${model}@${version} is to be: --stage live.`);
  const edge = new EdgeCalls(values.url);
  const path = `/v1/models/${model}/versions/${version}`;
  const changed = await edge.patch<VersionAnswer>(path, readStage(values.stage));
  console.log(`${versionText(values.wait ? await whenSettled(edge, changed) : changed)}.`);
}
