import { parseArgs } from "node:util";
import { oneArgument, UsageError } from "../command.ts";
import { DEFAULT_URL, EdgeCalls } from "../edge-calls.ts";
import { modelPath } from "../model-path.ts";
import { currentVersion } from "./model-versions.ts";
import { readStage, readVersionLabel } from "./stage.ts";
import { label, type VersionAnswer, versionText } from "./version-text.ts";
import { readWait, WAIT_HELP, waitOptions, whenSettled } from "./wait.ts";

export const help = `edgewise promote MODEL@VERSION --stage live|canary:SHARE|shadow|retired [--url URL] [--wait [--timeout T]]

  Gives a version another stage. One that is to be live or a canary becomes so when it has caught up; one that was live before, at once. What was live
  goes on as a shadow, so that going back finds it warm.

  --url URL      of the edge (${DEFAULT_URL})
  ${WAIT_HELP}
`;

/** @throws UsageError naming an option that is wrong, or why it cannot be. */
export async function promoteCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { stage: { type: "string" }, url: { type: "string" }, ...waitOptions },
  });
  const { model, version } = readVersionLabel(oneArgument(positionals, "one version as MODEL@VERSION", help));
  const named = label({ model, version });
  if (values.stage === undefined) throw new UsageError(`Say what ${named} is to be: --stage live.`);
  const asked = readStage(values.stage);
  const timeout = readWait(values);
  const edge = new EdgeCalls(values.url);
  await edge.patch<VersionAnswer>(modelPath(model, "versions", version), asked, {
    ...{ "path.model": model, "path.version": named, "body.stage": "--stage", "body.share": "--stage" },
  });
  const { now, served } = await (timeout === null
    ? currentVersion(edge, model, version)
    : whenSettled(edge, { model, version }, asked, timeout, console.error));
  console.log(versionText(now, served));
}
