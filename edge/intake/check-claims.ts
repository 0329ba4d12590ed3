import type { Directory } from "../../shared/contract/directory.ts";
import type { DecisionRecord, RankDecision } from "../../shared/contract/record.ts";
import { bucketOf } from "../../shared/decide/assign.ts";
import { fallbackProblem, isFallback } from "../../shared/decide/fallback.ts";
import { type LoadedModel, modelLabel } from "../../shared/decide/loaded-model.ts";
import { recompute } from "../../shared/decide/recompute.ts";
import { recordedFeatureProblem } from "../../shared/decide/recorded-features.ts";
import { graphDisagreement, recordedGraphProblem } from "../../shared/decide/recorded-graph.ts";
import { graphInputs } from "../../shared/decide/run-graph.ts";
import type { Graph } from "../../shared/heads/graph.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { within } from "../storage/within.ts";
import { BatchFeatures, NoFeaturesLeft } from "./batch-features.ts";
import {
  CLAIM_GRAPH_ROWS,
  CLAIM_LOOKUPS,
  CLAIM_READS,
  CLAIM_RETRY,
  CLAIM_WAIT,
  CLAIM_YIELD_ACTIONS,
  GRAPH_CHECK_SHARE,
} from "./limits.ts";
import { keptDirectory, pastDirectory } from "./past-directories.ts";
import { pastSnapshots } from "./past-snapshots.ts";
import { decidingVersion } from "./served-models.ts";
import type { ServedVersion } from "./served-version.ts";

/**
 * Decisions that a page claims to have made, decided again before they enter the log (docs/adr/0009-claims-are-checked-at-the-door.md). A record is
 * believed when its version serves or has served its unit, when snapshot, features and graph are that version's, and when scores, probabilities and
 * choice are, to the bit, what they give.
 */

/** What is claimed. `propensity`: of a record without scores and probabilities (those that it has say nothing) that of what was chosen; null: the record is whole. */
export type Claim = { record: DecisionRecord; propensity: number | null };

/** What a claim comes to: null when it is believed. */
export type Verdict =
  | null
  /** It is believed, and its scores and probabilities are these. */
  | { whole: Pick<RankDecision, "scores" | "probabilities"> }
  | Objection;
type Objection =
  /** It is not true, or can never be checked. */
  | { refused: string }
  /** It could not be checked now, and is to be sent again after so many seconds. */
  | { later: string; retryAfter: number };

const refused = (why: string): Objection => ({ refused: why });
const noRoom = (what: string): Objection => ({
  later: `more ${what} would have to be looked up than for one batch: it will be checked when it comes again`,
  retryAfter: CLAIM_RETRY.room,
});
/** Beside `noRoom`: what it costs is not a look but the scores. */
const noFeaturesLeft: Objection = {
  later: "it makes more features than are left for this batch: it will be checked when it comes again",
  retryAfter: CLAIM_RETRY.room,
};
const trouble = (what: string): Objection => ({
  later: `it cannot be checked at the moment: ${what}`,
  retryAfter: CLAIM_RETRY.trouble,
});

/** A version that is said to have decided. */
type Maker = {
  version: ServedVersion;
  /** Whether it is live, or ever was: every unit may have been served by it, as a page that cannot have its canary is served by the live version. */
  wasLive: boolean;
};

/**
 * Checks claims of one batch.
 * @param directory the newest that this isolate knows.
 * @returns what each came to, in their order. It never throws: what the edge cannot do is the edge's own trouble, and no claim is refused for it.
 */
export async function checkClaims(
  env: Env,
  background: Background,
  directory: Directory,
  claims: readonly Claim[],
): Promise<Verdict[]> {
  const propensities = new Map(claims.map(({ record, propensity }) => [record, propensity]));
  const checking = new ClaimChecking(env, background, directory, propensities);
  const verdicts = new Map<DecisionRecord, Verdict>();
  // One snapshot after the other, so that no more than one has to be in memory.
  const groups = Map.groupBy(propensities.keys(), modelLabel);
  for (const [label, group] of groups)
    try {
      if (group[0]!.version === 0) {
        // No version made them, so nothing has to be looked up.
        for (const record of group) verdicts.set(record, ofFallback(record));
        continue;
      }
      await checking.group(group, verdicts);
    } catch (error) {
      writeOutput("warn", "decisions could not be checked, and will come again", { label, ...errorFields(error) });
      const verdict = trouble("the edge cannot look up what it is checked by");
      for (const record of group) if (!verdicts.has(record)) verdicts.set(record, verdict);
    }
  return claims.map(({ record }) => verdicts.get(record) ?? null);
}

class ClaimChecking {
  readonly #env: Env;
  readonly #background: Background;
  readonly #directory: Directory;
  readonly #propensities: ReadonlyMap<DecisionRecord, number | null>;
  readonly #makers = new Map<string, Maker | null>();
  readonly #graphs = new Map<ServedVersion, Graph | null>();
  #lookups = CLAIM_LOOKUPS;
  #reads = CLAIM_READS;
  #graphRows = CLAIM_GRAPH_ROWS;
  readonly #features = new BatchFeatures();
  #actions = 0;
  /** How long this batch still waits for answers, ms. */
  #patience = CLAIM_WAIT.batch;

  constructor(
    env: Env,
    background: Background,
    directory: Directory,
    propensities: ReadonlyMap<DecisionRecord, number | null>,
  ) {
    this.#propensities = propensities;
    this.#env = env;
    this.#background = background;
    this.#directory = directory;
  }

  /** Checks claims of one snapshot. @throws Error when the edge cannot look up what it needs. */
  async group(claims: readonly DecisionRecord[], verdicts: Map<DecisionRecord, Verdict>): Promise<void> {
    const maker = await this.#maker(claims[0]!);
    if (!maker || "later" in maker || "refused" in maker) {
      for (const record of claims) verdicts.set(record, maker);
      return;
    }
    let loaded: LoadedModel | Objection | undefined;
    for (const record of claims) {
      const misplaced = await this.#assignment(record, maker);
      if (misplaced) {
        verdicts.set(record, misplaced);
        continue;
      }
      loaded ??= await this.#snapshot(record, maker.version);
      verdicts.set(record, "spec" in loaded! ? await this.#record(record, maker.version, loaded) : loaded!);
    }
  }

  async #maker({ model, version }: DecisionRecord): Promise<Maker | Objection> {
    const name = `${model}@${version}`;
    if (!this.#makers.has(name)) {
      const { models } = this.#directory;
      const listed = Object.hasOwn(models, model) ? models[model]!.versions : [];
      let entry = listed.find((v) => v.version === version && v.stage === "live");
      let wasLive = entry !== undefined;
      if (!entry) {
        if (this.#lookups-- <= 0) return noRoom("versions");
        const known = await this.#answer(this.#env.REGISTRY.getByName("registry").version(model, version));
        wasLive = known?.wasLive ?? false;
        entry = known?.ready ? known : undefined;
      }
      this.#makers.set(name, entry ? { version: await decidingVersion(this.#env, model, entry), wasLive } : null);
    }
    return this.#makers.get(name) ?? refused(`version is ${version}, and ${model} has no version of that number`);
  }

  /** Whether the unit can have been served by this version. */
  async #assignment(
    { model, version, unit, assignment }: DecisionRecord,
    { wasLive }: Maker,
  ): Promise<Objection | null> {
    const name = `${model}@${version}`;
    // Pages of before knew of no directories, and of one version.
    if (!assignment || assignment.directory === 0 || assignment.stage === "live")
      return wasLive ? null : refused(`assignment says that ${name} was live, and it never was`);
    const { stage, share, directory: number } = assignment;
    if (stage !== "canary") return refused(`assignment.stage is ${stage}: such a version serves nobody`);
    const directory = await this.#directoryOf(number);
    if (directory === null) return refused(`assignment.directory is ${number}, and there is none of that number`);
    if (!("models" in directory)) return directory;
    const listed = Object.hasOwn(directory.models, model) ? directory.models[model]!.versions : [];
    const entry = listed.find((v) => v.version === version && v.stage === "canary");
    if (!entry || entry.share !== share)
      return refused(`assignment says that ${name} was a canary of ${share} in directory ${number}, and it was not`);
    return bucketOf(model, unit) < (share ?? 0)
      ? null
      : refused(`assignment says that the unit fell to ${name}, and it is not among its share of ${share}`);
  }

  async #directoryOf(number: number): Promise<Directory | Objection | null> {
    if (number === this.#directory.number) return this.#directory;
    const kept = keptDirectory(number);
    if (kept) return kept;
    if (this.#lookups-- <= 0) return noRoom("directories");
    return this.#answer(pastDirectory(this.#env, number));
  }

  /** The model at the snapshot that decided. */
  async #snapshot(record: DecisionRecord, version: ServedVersion): Promise<LoadedModel | Objection> {
    const { model, version: number, snapshot } = record;
    const there = version.at(snapshot);
    if (there) return there;
    if (this.#lookups-- <= 0) return noRoom("snapshots");
    const pointers = await this.#answer(this.#env.TRAINER.getByName(`${model}@${number}`).snapshotOf(snapshot));
    if (!pointers)
      return refused(`snapshot is ${snapshot}: ${modelLabel(record)} was never published, or is no longer kept`);
    if (this.#reads-- <= 0) return noRoom("snapshots");
    const base = pastSnapshots.get({ model, version: number, number: pointers.snapshot.number }) ?? undefined;
    const read = await this.#answer(readSnapshot(this.#env.ARTIFACTS, pointers, base));
    pastSnapshots.put(read);
    return version.by(read);
  }

  async #record(record: DecisionRecord, version: ServedVersion, loaded: LoadedModel): Promise<Verdict> {
    const graph = record.graph && version.hasGraph ? await this.#graph(version) : null;
    if (record.graph && version.hasGraph && !graph) return trouble("its graph is not loaded yet");
    if (isFallback(record)) return refused("computedBy.runtime is none, and version says which decided");
    const odd = recordedGraphProblem(record, graph?.outputs ?? null) ?? recordedFeatureProblem(loaded.spec, record);
    if (odd) return refused(odd);
    await this.#turn(record);
    const verdict = recomputed(record, loaded, this.#propensities.get(record) ?? null, this.#features);
    if ((verdict && "refused" in verdict) || !graph || Math.random() >= GRAPH_CHECK_SHARE) return verdict;
    const rows = "actions" in record ? record.actions.length : 1;
    if (this.#graphRows <= 0) return noRoom("graph outputs");
    this.#graphRows -= rows;
    try {
      const right = await graph.run(graphInputs(loaded, { ...record, place: record.computedBy.place }));
      const differs = graphDisagreement(record.graph!, right);
      return differs === null ? verdict : refused(differs);
    } catch (error) {
      version.graphFailed(error);
      return trouble("its graph failed");
    }
  }

  /** A version's graph, which a batch waits for once. */
  async #graph(version: ServedVersion): Promise<Graph | null> {
    const known = this.#graphs.get(version);
    if (known !== undefined) return known;
    const graph = await version.graph(this.#background);
    this.#graphs.set(version, graph);
    return graph;
  }

  /** Lets others have their turn now and then. */
  async #turn(record: DecisionRecord): Promise<void> {
    this.#actions += "actions" in record ? record.actions.length : 1;
    if (this.#actions < CLAIM_YIELD_ACTIONS) return;
    this.#actions = 0;
    await scheduler.wait(0);
  }

  /** @throws Error when it takes too long. */
  async #answer<T>(asked: Promise<T>): Promise<T> {
    const wait = Math.min(CLAIM_WAIT.answer, this.#patience);
    const started = Date.now();
    const answer = await within(
      wait,
      asked.then((value) => ({ value })),
    );
    this.#patience -= Math.max(0, Date.now() - started);
    if (!answer) throw new Error(`no answer within ${wait} ms`);
    return answer.value;
  }
}

function ofFallback(record: DecisionRecord): Verdict {
  if (!isFallback(record)) return refused("version is 0, and computedBy.runtime does not say that none decided");
  const problem = fallbackProblem(record);
  return problem === null ? null : refused(problem);
}

function recomputed(
  record: DecisionRecord,
  loaded: LoadedModel,
  propensity: number | null,
  features: BatchFeatures,
): Verdict {
  try {
    const { decision, disagreements } = recompute(record, loaded, features);
    if (propensity !== null && decision.task === "rank") {
      const { scores, probabilities, chosen } = decision;
      if (disagreements.includes("chosen")) return refused(`chosen is not what ${modelLabel(record)} gives`);
      if (probabilities[chosen] !== propensity) return refused(`propensity is not what ${modelLabel(record)} gives`);
      return { whole: { scores, probabilities } };
    }
    if (disagreements.length === 0) return null;
    const verb = disagreements.length > 1 || disagreements[0]!.endsWith("s") ? "are" : "is";
    return refused(`${disagreements.join(", ")} ${verb} not what ${modelLabel(record)} gives`);
  } catch (error) {
    if (error instanceof NoFeaturesLeft) return noFeaturesLeft;
    // A pure function of the record: it would never be otherwise.
    return refused(`it cannot be decided again: ${error instanceof Error ? error.message : String(error)}`);
  }
}
