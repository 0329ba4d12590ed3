import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import type { LogRange, ModelSpec } from "../../shared/contract/spec.ts";
import { oneArgument, UsageError, wholeNumber } from "../command.ts";
import { DEFAULT_URL, type EdgeCalls } from "../edge-calls.ts";
import { withEdge } from "../log/with-edge.ts";
import { modelPath, readModelName } from "../model-path.ts";
import { Progress } from "../progress.ts";
import { readGraph, readSpecFile } from "../read-spec-file.ts";
import { deployVersion } from "./deploy-spec.ts";
import { currentVersion, type ListedVersion, modelVersions } from "./model-versions.ts";
import { readTime } from "./read-time.ts";
import { label, rangeText } from "./version-text.ts";

export const help = `edgewise replay MODEL [--version N] [--spec FILE [--graph FILE]] [--from TIME] [--to TIME] [--url URL | --state-dir DIR]

  Learns a model's log again. By a version's own spec it does so beside the version, in the order in which that has learned, and says whether the bits are
  the same; the exit status is 1 when they are not. By another spec, or of a part of the log, it makes a new version, a shadow, and ends when that has learned.

  --version N      the version whose log is learned again, or whose spec the new one has; the live one, if not given
  --spec FILE      by this spec: a .ts or .js file whose default export is defineModel({ ... }), or .json
  --graph FILE     the ONNX graph; without it the file that the spec names, beside the spec
  --from TIME      only decisions received from then on: 2026-11-29T10:00:00Z
  --to TIME        only decisions received before then
  --url URL        of the edge (${DEFAULT_URL})
  --state-dir DIR  the state of a server on this machine that does not run
`;

/** How often it is asked how far it is, ms. */
const INTERVAL = 300;

/** @throws UsageError naming an option or file that is wrong, or when the bits are not the same, with where. */
export async function replayCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ version: { type: "string" }, spec: { type: "string" }, graph: { type: "string" } },
      ...{ from: { type: "string" }, to: { type: "string" } },
      ...{ url: { type: "string" }, "state-dir": { type: "string" } },
    },
  });
  const model = readModelName(oneArgument(positionals, "one model", help));
  const number = values.version === undefined ? null : wholeNumber("version", values.version, 1);
  if (values.graph !== undefined && values.spec === undefined) throw new UsageError("--graph is for --spec.");
  const range = readRange(values.from, values.to);
  const given = values.spec === undefined ? null : await readSpecFile(values.spec);
  if (given && given.name !== model)
    throw new UsageError(`${values.spec} is the spec of ${given.name}, and not of ${model}.`);
  const reach = { url: values.url, stateDir: values["state-dir"] };
  await withEdge(reach, console.error, async (edge) => {
    const original = await versionOf(edge, model, number);
    if (!given && !range) return compare(edge, original);
    const spec = given ?? (await edge.get<ModelSpec>(original.spec.url));
    const wanted = range ? { ...spec, log: range } : spec;
    const graph = given ? readGraph(values.spec!, given, values.graph) : original.graph;
    const deployed = await deployVersion(edge, values.spec ?? `the spec of ${label(original)}`, wanted, graph, {
      stage: "shadow",
    });
    for (const warning of deployed.warnings) console.error(`warning: ${warning}`);
    if (!deployed.created) {
      console.log(`Known as ${label(deployed)}: the spec, graph and part of the log are the same.`);
      return compare(edge, await versionOf(edge, model, deployed.version));
    }
    await learned(edge, deployed);
  });
}

/** @returns null: the whole log. */
function readRange(from: string | undefined, to: string | undefined): LogRange | null {
  if (from === undefined && to === undefined) return null;
  const range = {
    ...(from !== undefined && { since: readTime("--from", from) }),
    ...(to !== undefined && { until: readTime("--to", to) }),
  };
  if (range.since !== undefined && range.until !== undefined && range.since >= range.until)
    throw new UsageError("--to must be later than --from.");
  return range;
}

/** @throws UsageError when there is no such version, or none is live. */
async function versionOf(edge: EdgeCalls, model: string, number: number | null): Promise<ListedVersion> {
  if (number !== null) return (await currentVersion(edge, model, number)).now;
  const live = (await modelVersions(edge, model)).versions.find(({ stage }) => stage === "live");
  if (!live) throw new UsageError(`${model} has no live version yet: name one with --version.`);
  return live;
}

/** Learns again what a version has learned. @throws UsageError when that does not give the same bits. */
async function compare(edge: EdgeCalls, original: ListedVersion): Promise<void> {
  const { model, version } = original;
  const path = modelPath(model, "versions", String(version), "replay");
  const names = { "path.model": model, "path.version": label(original) };
  let status = await edge.post<ReplayStatus>(path, {}, names);
  const progress = new Progress(status.of, "examples");
  try {
    while (status.state === "running") {
      progress.reach(status.examples);
      await setTimeout(INTERVAL);
      status = await edge.get<ReplayStatus>(path, names);
    }
    if (status.state !== "failed") progress.reach(status.of);
  } finally {
    progress.stop();
  }
  const { state, of, problem, snapshot } = status;
  if (state === "failed") throw new UsageError(`${label(original)} could not be learned again: ${problem}.`);
  if (state === "different")
    throw new UsageError(
      `${label(original)} learned again is not what it is: ${problem}. Its snapshot is ${snapshot.learned}, learned again ${snapshot.replayed}.`,
    );
  console.log(`${label(original)}: ${of} examples learned again, to the same bits. Snapshot ${snapshot.replayed}.`);
}

/** Waits until a new version has read the log. */
async function learned(edge: EdgeCalls, { model, version }: { model: string; version: number }): Promise<void> {
  let progress: Progress | null = null;
  try {
    for (let most = 0; ; await setTimeout(INTERVAL)) {
      const { now } = await currentVersion(edge, model, version);
      if (now.problem !== null)
        throw new UsageError(`The trainer of ${label(now)} could not be told of it: ${now.problem}`);
      const { training } = now;
      if (training === null) continue;
      if (!progress) {
        most = training.lag;
        progress = new Progress(most, "rows");
      }
      progress.reach(Math.max(0, most - training.lag));
      if (training.lag > 0) continue;
      progress.stop();
      progress = null;
      console.log(
        `${label(now)} is a shadow, and has learned ${training.examples} examples${rangeText(training.log)}.`,
      );
      return;
    }
  } finally {
    progress?.stop();
  }
}
