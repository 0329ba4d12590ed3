import type { Directory, DirectoryModel, DirectoryVersion } from "../../shared/contract/directory.ts";
import { DIRECTORY_FORMAT } from "../../shared/contract/format.ts";
import type { Assignment } from "../../shared/contract/record.ts";
import { assign } from "../../shared/decide/assign.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import type { Serving } from "../observe/messages.ts";
import { deadline } from "../storage/clock.ts";
import { readDirectory } from "../storage/directory.ts";
import { FewLooks } from "./few-looks.ts";
import { Followed } from "./followed.ts";
import { GRAPH_GRACE, OLD_COPY_WAIT, PAST_VERSIONS, UNKNOWN_MODEL_LOOKS } from "./limits.ts";
import { ProblemError } from "./problem.ts";
import { ServedVersion } from "./served-version.ts";
import { unlessPaused } from "./unless-paused.ts";

/**
 * What this isolate knows of models and versions. It decides with that, and looks for what is newer behind an answer: only its first
 * request waits, and, briefly, one after it had slept (docs/adr/0008-versions.md, How fresh).
 */

/** Versions that are loaded, by `model@version`. */
const versions = new Map<string, ServedVersion>();
/** Versions that were asked for and do not serve, as decisions of before are checked by; the one that was used last comes last. */
const past = new Map<string, ServedVersion>();
/** Versions that no longer serve, and since when: a decision under way may still use one's graph. */
let dropped: { version: ServedVersion; at: number }[] = [];

/** Models whose newest versions cannot be loaded: their entries are still those of an older directory, of this number. */
let heldBack: ReadonlyMap<string, number> = new Map();

/** A version that serves a unit, and how the unit came to it. */
type Assigned = { version: ServedVersion; assignment: Assignment };

const followed = new Followed<Directory>({ what: "directory", load: newestDirectory, look, wait: OLD_COPY_WAIT });

/** The directory as this isolate knows it. */
export const currentDirectory = (env: Env, background: Background): Promise<Directory> =>
  followed.current(env, background);

/** The directory as this isolate has it, however old; null: it has none yet. */
export const heldDirectory = (): Directory | null => followed.held;

/** The directory as its pointer says at this moment: for who asks about versions, and not for a decision. */
export async function newestDirectory(env: Env): Promise<Directory> {
  return (await readDirectory(env)) ?? EMPTY;
}

/** Whoever sends invented models must not make the isolate read the store for each. */
const looks = new FewLooks(UNKNOWN_MODEL_LOOKS);

/** The same for a model that this isolate does not know; null: it cannot be read, or was for too many such in this second. It never throws. */
export const newestForUnknown = async (env: Env): Promise<Directory | null> =>
  looks.may() ? unlessPaused("the newest directory", () => newestDirectory(env)) : null;

/** What this isolate serves, for operators. */
export const servedNow = (): Serving => ({
  directory: followed.held?.number ?? 0,
  versions: [...versions.values()].map((version) => version.served),
});

/** The directory's entry of a model. @throws ProblemError 404 */
export async function requireModel(env: Env, background: Background, model: string): Promise<DirectoryModel> {
  const { models } = await currentDirectory(env, background);
  const entry = Object.hasOwn(models, model) ? models[model] : undefined;
  if (entry) return entry;
  throw new ProblemError(404, `There is no model ${JSON.stringify(model.slice(0, 64))}`, [
    { field: "path.model", message: "is not the name of a deployed model" },
  ]);
}

/** The version that serves a unit, loaded. @throws ProblemError 404 when the model has no version that serves; Error when it cannot be loaded. */
export async function servingVersion(env: Env, background: Background, model: string, unit: string): Promise<Assigned> {
  const entry = await requireModel(env, background, model);
  const number = heldBack.get(model) ?? followed.held!.number;
  const assigned = assign(model, unit, entry.versions);
  if (!assigned)
    throw new ProblemError(404, `${model} has no live version`, [
      { field: "path.model", message: "must be the name of a model with a live version" },
    ]);
  const version = versions.get(nameOf(model, assigned)) ?? (await loadVersion(env, model, assigned));
  return { version, assignment: { stage: assigned.stage, share: assigned.share, directory: number } };
}

/** A version that decided, whether it still serves or not. @throws Error when it cannot be loaded. */
export async function decidingVersion(
  env: Env,
  model: string,
  entry: Pick<DirectoryVersion, "version" | "spec" | "graph">,
): Promise<ServedVersion> {
  const name = nameOf(model, entry);
  const serving = versions.get(name);
  if (serving) return serving;
  const { models } = followed.held!;
  const listed = Object.hasOwn(models, model) ? models[model]!.versions : [];
  const now = listed.find(({ version }) => version === entry.version);
  if (now && serves(now)) return loadVersion(env, model, now);
  const loaded = past.get(name) ?? (await ServedVersion.load(env, model, entry));
  // Two batches may load it both; one is enough.
  const known = past.get(name) ?? loaded;
  past.delete(name);
  past.set(name, known);
  for (const [oldest, version] of past) {
    if (past.size <= PAST_VERSIONS) break;
    past.delete(oldest);
    dropped.push({ version, at: Date.now() });
  }
  return known;
}

/**
 * Goes over to a directory that is newer than the isolate's, model by model, when what serves by it is loaded. It never throws: a model of which
 * something cannot be loaded stays as it is until it can.
 */
export async function takeDirectory(env: Env, directory: Directory): Promise<void> {
  if (!isNews(directory)) return;
  const held = new Map<string, number>();
  const models = { ...directory.models };
  for (const [model, entry] of Object.entries(directory.models)) {
    // A model that nobody asked this isolate for is loaded when somebody does.
    if (!isUsed(model) || (await isLoaded(env, model, entry))) continue;
    const before = followed.held;
    if (!before || !Object.hasOwn(before.models, model)) continue;
    models[model] = before.models[model]!;
    held.set(model, heldBack.get(model) ?? before.number);
  }
  if (!isNews(directory)) return;
  followed.hold({ ...directory, models });
  heldBack = held;
  const serving = new Set(
    Object.entries(models).flatMap(([model, { versions }]) =>
      versions.filter(serves).map((version) => nameOf(model, version)),
    ),
  );
  for (const [name, version] of versions)
    if (!serving.has(name)) {
      versions.delete(name);
      dropped.push({ version, at: Date.now() });
    }
}

/** Whether all that serves of a model is loaded; what is not is, if that can be. */
async function isLoaded(env: Env, model: string, entry: DirectoryModel): Promise<boolean> {
  const missing = entry.versions.filter((version) => serves(version) && !versions.has(nameOf(model, version)));
  const loaded = missing.map((version) => unlessPaused(nameOf(model, version), () => loadVersion(env, model, version)));
  return (await Promise.all(loaded)).every((version) => version !== null);
}

async function loadVersion(env: Env, model: string, entry: DirectoryVersion): Promise<ServedVersion> {
  const loaded = await ServedVersion.load(env, model, entry);
  const name = nameOf(model, entry);
  // Two first requests may load it both; one is enough.
  const known = versions.get(name);
  if (known) return known;
  versions.set(name, loaded);
  return loaded;
}

/** Looks for a newer directory, and for newer snapshots of what is loaded. @throws Error when the directory cannot be had. */
async function look(env: Env): Promise<void> {
  const isOver = ({ at }: { at: number }) => Date.now() >= deadline(at + GRAPH_GRACE, GRAPH_GRACE);
  for (const one of dropped) if (isOver(one)) one.version.release();
  dropped = dropped.filter((one) => !isOver(one));
  const directory = await readDirectory(env);
  // None where there was one: it is being written.
  if (directory) await takeDirectory(env, directory);
  await Promise.all([...versions].map(([name, version]) => unlessPaused(name, () => version.refresh())));
}

function isNews({ number }: Directory): boolean {
  const { held } = followed;
  return held === null || number > held.number || (number === held.number && heldBack.size > 0);
}

const serves = ({ stage }: DirectoryVersion): boolean => stage === "live" || stage === "canary";
const nameOf = (model: string, { version }: { version: number }): string => `${model}@${version}`;
const isUsed = (model: string): boolean => [...versions.keys()].some((name) => name.startsWith(`${model}@`));

/** Before the first deployment. */
const EMPTY: Directory = { format: DIRECTORY_FORMAT, number: 0, changedAt: 0, models: {} };
