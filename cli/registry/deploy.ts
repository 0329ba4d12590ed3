import { parseArgs } from "node:util";
import { UsageError } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { deploySpec } from "./deploy-spec.ts";
import { readStage } from "./stage.ts";
import { versionText } from "./version-text.ts";
import { whenSettled } from "./wait.ts";

export const help = `edgewise deploy SPEC [--graph FILE] [--stage live|canary:SHARE|shadow] [--url URL] [--wait]

  Makes a version of a model on a running edge, or finds the one that it is already. It learns the log from its beginning, and becomes what is asked for
  when it has caught up; the first version of a model is live at once.

  SPEC           a .ts or .js file whose default export is defineModel({ ... }), or the spec as .json
  --graph FILE   the ONNX graph; without it the file that the spec names, beside the spec
  --stage STAGE  live (the default), canary:0.05 for a part of the units, or shadow: it learns, and serves nobody
  --url URL      of the edge (http://localhost:8787)
  --wait         end when the version is what was asked for
`;

/** @throws UsageError naming an option, file or field that is wrong. */
export async function deployCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      graph: { type: "string" },
      stage: { type: "string", default: "live" },
      url: { type: "string" },
      wait: { type: "boolean", default: false },
    },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError(`Name one spec.\n\n${help}`);
  const stage = readStage(values.stage);
  if (stage.stage === "retired")
    throw new UsageError("--stage must be live, canary:SHARE or shadow: a new version does not rest.");
  const edge = new EdgeCalls(values.url);
  const version = await deploySpec(edge, path, values.graph, stage);
  for (const warning of version.warnings) console.error(`warning: ${warning}`);
  const label = `${version.model}@${version.version}`;
  console.log(
    version.created
      ? `Deployed as ${label}.`
      : `Known as ${label}: the spec and graph are the same. Its stage is as it was.`,
  );
  const settled = values.wait ? await whenSettled(edge, version) : version;
  console.log(`${versionText(settled)}.`);
}
