import { parseArgs } from "node:util";
import { oneArgument, UsageError } from "../command.ts";
import { DEFAULT_URL, EdgeCalls } from "../edge-calls.ts";
import { specsOfProject } from "../project-specs.ts";
import { deploySpec } from "./deploy-spec.ts";
import { type CurrentVersion, currentVersion, isNow, isToBe } from "./model-versions.ts";
import { readStage, type StageOption, stageText } from "./stage.ts";
import { label, named, versionText } from "./version-text.ts";
import { readWait, WAIT_HELP, waitOptions, whenSettled } from "./wait.ts";

export const help = `edgewise deploy [SPEC] [--graph FILE] [--stage live|canary:SHARE|shadow] [--url URL] [--wait [--timeout T]]

  Makes a version of a model on a running edge, or finds the one that it is already, whose stage stays as it is: promote changes it. A new one learns the
  log from its beginning, and becomes what is asked for when it has caught up; the first version of a model is live at once, whatever is asked for.
  The exit status is 1 when the version neither is nor becomes what --stage or --wait asks for.

  SPEC           a .ts or .js file whose default export is defineModel({ ... }), or the spec as .json; of a
                 project, when none is named, all that are in models/
  --graph FILE   the ONNX graph of the one spec that is named; without it the file that the spec names, beside the spec
  --stage STAGE  live (the default), canary:0.05 for a part of the units, or shadow: it learns, and serves nobody
  --url URL      of the edge (${DEFAULT_URL})
  ${WAIT_HELP}
`;

type Options = { graph?: string; stage?: string; url?: string; wait?: boolean };

/** @throws UsageError naming an option, file or field that is wrong, or when the version is not what was asked for. */
export async function deployCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      graph: { type: "string" },
      stage: { type: "string" },
      url: { type: "string" },
      ...waitOptions,
    },
  });
  const asked = readStage(values.stage ?? "live");
  if (asked.stage === "retired")
    throw new UsageError("--stage must be live, canary:SHARE or shadow: a new version does not rest.");
  const timeout = readWait(values);
  const edge = new EdgeCalls(values.url);
  const paths = positionals.length === 0 ? specsOfProject() : [oneArgument(positionals, "one spec", help)];
  if (values.graph !== undefined && paths.length !== 1)
    throw new UsageError("--graph is the graph of one spec: name that.");
  for (const path of paths) await deployOne(edge, path, values, asked, timeout);
}

/** @throws UsageError as deployCommand. */
async function deployOne(
  edge: EdgeCalls,
  path: string,
  values: Options,
  asked: StageOption,
  timeout: number | null,
): Promise<void> {
  const { model, version, created, warnings } = await deploySpec(edge, path, values.graph, asked);
  for (const warning of warnings) console.error(`warning: ${warning}`);
  const deployed = label({ model, version });
  console.log(created ? `Deployed as ${deployed}.` : `Known as ${deployed}: the spec and graph are the same.`);
  const current = await currentVersion(edge, model, version);
  const { now, served } = current;
  if (isNow(now, asked) || isToBe(now, asked)) {
    const settled = timeout === null ? current : await whenSettled(edge, now, asked, timeout, console.error);
    console.log(versionText(settled.now, settled.served));
    return;
  }
  console.log(versionText(now, served));
  const why = notAsAsked(current, asked, created, values.url);
  if (values.wait || values.stage !== undefined) throw new UsageError(why);
  console.log(why);
}

/** Why a version is not what was asked for, and what to do. */
function notAsAsked({ now }: CurrentVersion, asked: StageOption, created: boolean, url: string | undefined): string {
  if (now.stage === "live" || now.wanted?.stage === "live")
    return created
      ? `It is not to be ${named(asked)}: the first version of a model is live, whatever is asked for.`
      : `It stays so, and is not ${named(asked)}: deploying what is known changes no stage.`;
  const command = `edgewise promote ${label(now)} --stage ${stageText(asked)}${url === undefined ? "" : ` --url ${url}`}`;
  return `It stays so, since what is known keeps its stage. To make it ${named(asked)}: ${command}`;
}
