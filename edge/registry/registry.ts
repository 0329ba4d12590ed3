import { DurableObject } from "cloudflare:workers";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import type { Directory, DirectoryModel, DirectoryVersion } from "../../shared/contract/directory.ts";
import type { Exclusion } from "../../shared/contract/exclusion.ts";
import { DIRECTORY_FORMAT, MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import { channelNames } from "../channel/messages.ts";
import type { Env } from "../env.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { Alarm } from "../storage/alarm.ts";
import { hasArtifact, putArtifact } from "../storage/artifacts.ts";
import { deadline } from "../storage/clock.ts";
import { readDirectory } from "../storage/directory.ts";
import { Invariants } from "../storage/invariants.ts";
import { inJurisdiction, jurisdictionOf } from "../storage/jurisdiction.ts";
import { highestPublished, raiseDirectoryPointer, readDirectoryPointer, readPublication } from "../storage/pointers.ts";
import { type Past, type PutBack, putBack } from "../storage/put-back.ts";
import { within } from "../storage/within.ts";
import type { TrainerConfig } from "../training/messages.ts";
import { adoptedVersions, versionHash } from "./adopted-versions.ts";
import { DirectoryTable } from "./directory-table.ts";
import { type Effect, Effects } from "./effects.ts";
import { Erasures } from "./erasures.ts";
import { ERASED_UNIT } from "./exclusion-table.ts";
import { Exclusions } from "./exclusions.ts";
import { type Changed, Keys } from "./keys.ts";
import { ANSWER_LIMIT, FAILED_POLL_PAUSE, PROMOTION_POLL, RETRY_DELAY, SETTLING_LIMIT } from "./limits.ts";
import type {
  Change,
  Deploy,
  ErasureOutcome,
  ExclusionOutcome,
  KeyHistoryEntry,
  KeyOutcome,
  KeyRotation,
  ModelVersions,
  NewKey,
  Outcome,
  RegisteredErasure,
  RegisteredExclusion,
  RegisteredKey,
  RegisteredVersion,
  RegistryCalls,
  RegistryStatistics,
  SessionSecret,
} from "./messages.ts";
import { createTables } from "./schema.ts";
import { SessionSecrets } from "./session-secrets.ts";
import { requireStages } from "./stage-invariants.ts";
import { asked, begun, caughtUp, deployed, type Refusal, type Ruling, rolledBack, type Turn } from "./stages.ts";
import { VersionTable } from "./version-table.ts";

/**
 * Models, versions, stages and keys, and the only one to change them; there is one, named `registry`. A change is one transaction, with what follows from
 * it outside as effects: trainers are told, the directory is written and its pointer moved, channels are notified. A crash between any two
 * steps leaves the effects that were not done, and doing one again changes nothing.
 *
 * A version is in the directory from when its trainer has published: whoever reads of it can load it. One that waits to become
 * something is asked after until it has caught up, also after a restart.
 */
export class Registry extends DurableObject<Env> implements RegistryCalls {
  readonly #alarm: Alarm;
  readonly #versions: VersionTable;
  readonly #directories: DirectoryTable;
  readonly #exclusions: Exclusions;
  readonly #erasures: Erasures;
  readonly #effects: Effects;
  readonly #keys: Keys;
  readonly #sessionSecrets: SessionSecrets;
  readonly #startedAt = Date.now();
  readonly #invariants = new Invariants("registry");
  /** What trainers are being asked whether they have caught up, and from when on each may be asked again: one that fails delays no other. */
  readonly #asking = new Map<string, Promise<void>>();
  readonly #askNotBefore = new Map<string, number>();
  /** Of trainers that have said that they caught up: the snapshot that they had published by then. */
  readonly #caughtUpAt = new Map<string, number>();
  /** Resolves when it was seen whether the store has what the registry wrote to it last. */
  readonly #pointerChecked: Promise<void>;
  /** Resolves when it was seen whether the store has the exclusions that the registry has, or later ones. */
  readonly #exclusionsChecked: Promise<void>;
  /** Whether the store has lost what the registry wrote to it: then specs are written again, too. */
  #storeLost = false;

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = inJurisdiction(bindings);
    super(ctx, env);
    createTables(ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#versions = new VersionTable(ctx.storage.sql);
    this.#directories = new DirectoryTable(ctx.storage.sql);
    this.#erasures = new Erasures(ctx.storage, env, {
      relearn: (model) => this.#relearn(model),
      relearned: (model) => this.#relearned(model),
      forget: (isUnit) => this.#forgetUnit(isUnit),
      progress: () => this.#goOn(),
    });
    this.#sessionSecrets = new SessionSecrets(ctx.storage.sql);
    this.#effects = new Effects(ctx.storage, {
      perform: (effect) => this.#perform(effect),
      failed: (effect, error) => this.#failed(effect, error),
      progress: () => this.#goOn(),
    });
    this.#exclusions = new Exclusions(ctx.storage, env.ARTIFACTS, (model, what) => this.#tellExclusions(model, what));
    this.#keys = new Keys(ctx.storage, env.ARTIFACTS, () => {
      this.#effects.add("keys", "", this.#directories.newest().number);
      this.#goOn();
    });
    const started = ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      if (this.#versions.models().length === 0) await this.#adopt();
      this.#goOn();
    });
    this.#exclusionsChecked = started.then(() =>
      this.#exclusions.check(this.#versions.models().map(({ name }) => name)),
    );
    this.#pointerChecked = this.#checkPointer();
    if (this.#keys.written) void this.#keys.checked();
  }

  async deploy(call: Deploy): Promise<Outcome<{ version: RegisteredVersion; created: boolean }>> {
    const { model, task, spec, specText, graph, wish } = call;
    const hash = await versionHash(spec, graph);
    // A registry that lost versions finds out which numbers they had.
    await this.#pointerChecked;
    const result = this.ctx.storage.transactionSync((): { number: number; created: boolean } | { refused: Refusal } => {
      const known = this.#versions.find(model, hash);
      if (known !== null) return { number: known, created: false };
      const hasTask = this.#versions.taskOf(model);
      if (hasTask && canonicalJson(hasTask) !== canonicalJson(task)) return { refused: otherTask(model, hasTask) };
      const before = this.#versions.of(model);
      const number = this.#versions.nextNumber(model);
      const ruling = deployed(before, { model, version: number, spec, graph, createdAt: Date.now() }, wish);
      if ("refused" in ruling) return ruling;
      if (!hasTask) this.#versions.addModel(model, task);
      this.#versions.add(ruling.versions.at(-1)!, hash, specText);
      this.#take(model, before, ruling);
      return { number, created: true };
    });
    if ("refused" in result) return result;
    const { number, created } = result;
    const trainer = trainerName(model, number);
    // The first of a model goes live when its trainer has begun; whoever deploys it may use it at once.
    await this.#settled(() => !this.#waitsFor("configure", trainer) && this.#isWritten());
    return { ok: { version: this.version(model, number)!, created }, directory: this.#directory() };
  }

  async change({ model, version, wish }: Change): Promise<Outcome<RegisteredVersion>> {
    if (this.#versions.taskOf(model) === null) return { refused: noModel(model) };
    if (!this.version(model, version)) return { refused: noVersion(model, version) };
    const refused = this.#rule(model, (versions) => asked(versions, version, wish));
    if (refused) return refused;
    const changed = this.version(model, version)!;
    if (changed.wanted && changed.ready) {
      this.#askNotBefore.delete(trainerName(model, version));
      await within(SETTLING_LIMIT, this.#askOnce(changed));
    }
    await this.#settled(() => this.#isWritten());
    return { ok: this.version(model, version)!, directory: this.#directory() };
  }

  async rollback(model: string): Promise<Outcome<RegisteredVersion>> {
    if (this.#versions.taskOf(model) === null) return { refused: noModel(model) };
    const refused = this.#rule(model, rolledBack);
    if (refused) return refused;
    await this.#settled(() => this.#isWritten());
    const live = this.#versions.of(model).find(({ stage }) => stage === "live")!;
    return { ok: live, directory: this.#directory() };
  }

  async exclude(model: string, exclusion: Exclusion): Promise<ExclusionOutcome> {
    return this.#exclusionsChanged(model, () => this.#exclusions.add(model, exclusion));
  }

  async endExclusion(model: string, number: number): Promise<ExclusionOutcome> {
    return this.#exclusionsChanged(model, () => this.#exclusions.end(model, number));
  }

  async exclusions(model: string): Promise<RegisteredExclusion[] | null> {
    await this.#exclusionsChecked;
    return this.#versions.taskOf(model) === null ? null : this.#exclusions.of(model);
  }

  async #exclusionsChanged(model: string, change: () => ExclusionOutcome): Promise<ExclusionOutcome> {
    if (this.#versions.taskOf(model) === null) return { refused: noModel(model) };
    // A registry of an older state finds out what was excluded since.
    await this.#exclusionsChecked;
    const outcome = change();
    await this.#settled(() => !this.#waitsFor("exclusions", model));
    return outcome;
  }

  /** What of a model is not learned has changed: trainers and store are told. Within a transaction. */
  #tellExclusions(model: string, what: string): void {
    // Who comes back from retirement is told then.
    this.#tellTrainers(model, what, ({ stage }) => stage !== "retired");
    this.#effects.add("exclusions", model, this.#directories.newest().number);
    this.#goOn();
  }

  erase(unit: string): ErasureOutcome {
    return this.#erasures.request(unit);
  }

  erasure(id: string): RegisteredErasure | null {
    return this.#erasures.find(id);
  }

  erasures(): RegisteredErasure[] {
    return this.#erasures.list();
  }

  /** Has all versions of a model learn it again because units were erased: also those that are retired, which had learned from them. */
  #relearn(model: string): void {
    const what = "learns the log again: units were erased";
    this.#tellTrainers(model, what, ({ ready, stage }) => ready || stage !== "retired");
    this.#goOn();
  }

  /** Has the trainers of some versions of a model told what they are to do now. Within a transaction. */
  #tellTrainers(model: string, what: string, isTold: (version: RegisteredVersion) => boolean): void {
    const { number: directory } = this.#directories.newest();
    for (const { version } of this.#versions.of(model).filter(isTold)) {
      this.#versions.tell(model, { at: Date.now(), directory, version, what });
      this.#effects.add("configure", trainerName(model, version), directory);
    }
  }

  async #relearned(model: string): Promise<{ told: number; done: number }[]> {
    const names = this.#versions.of(model).flatMap((v) => (v.ready ? [trainerName(model, v.version)] : []));
    const statuses = await Promise.all(names.map((name) => answered(name, this.env.TRAINER.getByName(name).status())));
    return statuses.map(({ relearning, relearned }) => ({ told: relearning, done: relearned }));
  }

  #forgetUnit(isUnit: (name: string) => boolean): string[] {
    this.#versions.retell(isUnit, ERASED_UNIT);
    return this.#exclusions.forget(isUnit);
  }

  versions(model: string): ModelVersions | null {
    const versions = this.#versions.of(model);
    return versions.length === 0 ? null : { model, versions, history: this.#versions.history(model) };
  }

  version(model: string, version: number): RegisteredVersion | null {
    return this.#versions.of(model).find((v) => v.version === version) ?? null;
  }

  directoryHash(number: number): string | null {
    return this.#directories.hashOf(number);
  }

  async keys(): Promise<{ keys: RegisteredKey[]; history: KeyHistoryEntry[] }> {
    await this.#keys.checked();
    return { keys: this.#keys.list(), history: this.#keys.history() };
  }

  createKey(call: NewKey): Promise<KeyOutcome> {
    return this.#keysChanged(() => this.#keys.create(call));
  }

  rotateKey(call: KeyRotation): Promise<KeyOutcome> {
    return this.#keysChanged(() => this.#keys.rotate(call));
  }

  revokeKey(who: string, hasRoot: boolean, id: string): Promise<KeyOutcome> {
    return this.#keysChanged(() => this.#keys.revoke(who, hasRoot, id));
  }

  /** Whoever changed the keys may go by that at once: the store has them by then, unless it could not be told. */
  async #keysChanged(change: () => Changed): Promise<KeyOutcome> {
    await this.#keys.checked();
    const outcome = change();
    if ("refused" in outcome) return outcome;
    await this.#settled(() => !this.#waitsFor("keys", ""));
    return { ...outcome, pending: this.#effects.find("keys", "") !== null };
  }

  sessionSecrets(): SessionSecret[] {
    return this.ctx.storage.transactionSync(() => this.#sessionSecrets.at(Date.now()));
  }

  statistics(): RegistryStatistics {
    const { databaseSize: storageBytes } = this.ctx.storage.sql;
    const { broken } = this.#invariants;
    return { effects: this.#effects.waiting(), startedAt: this.#startedAt, broken, storageBytes };
  }

  wake(): void {
    this.#goOn();
  }

  putBack(to: Past): Promise<PutBack> {
    return putBack(this.ctx, to);
  }

  /** Goes on with what is not done, and asks after versions that wait. */
  override async alarm(): Promise<void> {
    this.#alarm.rang();
    this.#goOn();
    await this.#settled(() => this.#effects.idle && this.#asking.size === 0);
  }

  async configOf(model: string, version: number, relearning: number): Promise<TrainerConfig | null> {
    // A registry of an older state finds out what was excluded since.
    await this.#exclusionsChecked;
    const known = this.version(model, version);
    if (!known || (!known.ready && known.stage === "retired")) return null;
    this.#erasures.told(model, relearning);
    return this.#configOf(known);
  }

  /** @returns why not, when it cannot be. */
  #rule(model: string, rule: (versions: RegisteredVersion[]) => Ruling): { refused: Refusal } | null {
    return this.ctx.storage.transactionSync(() => {
      const before = this.#versions.of(model);
      const ruling = rule(before);
      if ("refused" in ruling) return ruling;
      this.#take(model, before, ruling);
      return null;
    });
  }

  /** Writes what has become of a model's versions, with all that follows from it. Within a transaction. */
  #take(model: string, before: readonly RegisteredVersion[], { versions, history }: Turn): void {
    for (const version of versions) this.#versions.save(version);
    const isNews = canonicalJson(inDirectory(before)) !== canonicalJson(inDirectory(versions));
    const at = Date.now();
    if (isNews) this.#directories.begin(at);
    requireStages(this.#invariants, before, this.#versions.of(model));
    const { number: directory } = this.#directories.newest();
    for (const { version, what } of history) this.#versions.tell(model, { at, directory, version, what });
    for (const { version, stage } of versions)
      if (stage !== before.find((b) => b.version === version)?.stage)
        this.#effects.add("configure", trainerName(model, version), directory);
    if (isNews) {
      this.#effects.add("directory", "", directory);
      for (const channel of channelNames(model, this.env.CHANNELS)) this.#effects.add("notify", channel, directory);
    }
    this.#goOn();
  }

  /** Begins what is to be done by now, and sees to it that the object is woken for the rest. Must not throw. */
  #goOn(): void {
    const waiting = this.#versions.waiting();
    const next = this.#effects.next();
    const now = Date.now();
    if (next !== null) this.#alarm.noLaterThan(Math.max(next, now + RETRY_DELAY));
    for (const version of waiting) this.#alarm.noLaterThan(Math.max(this.#mayAskAt(version), now + PROMOTION_POLL));
    const erasuresAt = this.#erasures.begin();
    if (erasuresAt !== null) this.#alarm.noLaterThan(erasuresAt);
    // In a turn of its own: nothing outside is asked before the transaction that asks for it is written.
    queueMicrotask(() => {
      this.#effects.begin(this.#directories.written()?.number ?? 0);
      for (const version of waiting) if (this.#mayAskAt(version) <= Date.now()) void this.#askOnce(version);
    });
  }

  async #perform({ kind, target, directory }: Effect): Promise<() => void> {
    if (kind === "configure") return this.#configure(target);
    if (kind === "directory") return this.#writeDirectory();
    if (kind === "keys") return this.#keys.write();
    if (kind === "exclusions") return this.#exclusions.write(target);
    const model = target.slice(0, target.lastIndexOf("/"));
    const notice = { format: MANIFEST_FORMAT, type: "directory", model, directory, within: 0 } as const;
    await answered(target, this.env.CHANNEL.getByName(target).directory(notice));
    return () => {};
  }

  #failed({ kind, target, directory, attempts }: Effect, error: unknown): void {
    writeOutput("error", "what follows from a change could not be done, and is tried again", {
      ...{ effect: kind, target, directory, attempts: attempts + 1 },
      ...errorFields(error),
    });
    if (kind !== "configure") return;
    const version = this.#versionOf(target);
    if (version) this.#versions.save({ ...version, problem: error instanceof Error ? error.message : String(error) });
  }

  async #configure(target: string): Promise<() => void> {
    const known = this.#versionOf(target)!;
    const { model, version, stage, ready } = known;
    // Nobody ever learned of it.
    if (!ready && stage === "retired") return () => {};
    await answered(target, this.env.TRAINER.getByName(target).configure(this.#configOf(known)));
    if (!ready && !(await readPublication(this.env.ARTIFACTS, model, version)))
      throw new Error(`${target} has published, and its pointer is not in the store yet`);
    return () => {
      const before = this.#versions.of(model);
      const own = before.find((v) => v.version === version)!;
      if (!own.ready) this.#take(model, before, begun(before, version));
      else if (own.problem !== null) this.#versions.save({ ...own, problem: null });
    };
  }

  #configOf({ model, version, stage }: RegisteredVersion): TrainerConfig {
    const spec = this.#versions.specText(model, version);
    const { number: directory } = this.#directories.newest();
    const exclusions = this.#exclusions.current(model);
    const relearning = this.#erasures.revision(model);
    return { model, version, spec, stage, directory, exclusions, relearning };
  }

  /** Writes the newest directory, whoever asked for one. It follows from its number: written again, it is the same. */
  async #writeDirectory(): Promise<() => void> {
    const directory = this.#directory();
    const { number } = directory;
    if (this.#storeLost) await this.#writeSpecs();
    const bytes = new TextEncoder().encode(canonicalJson(directory));
    const artifact = await putArtifact(this.env.ARTIFACTS, bytes);
    const there = await raiseDirectoryPointer(this.env.ARTIFACTS, { ...artifact, format: DIRECTORY_FORMAT, number });
    return () => {
      if (there.sha256 === artifact.sha256) this.#directories.wrote(number, artifact.sha256);
      else this.#beginAbove(there.number);
    };
  }

  async #writeSpecs(): Promise<void> {
    writeOutput(
      "error",
      "the store has lost the directory: specs are written again, graphs have to be handed in anew",
      {},
    );
    for (const { name: model } of this.#versions.models())
      for (const { version, spec } of this.#versions.of(model)) {
        if (await hasArtifact(this.env.ARTIFACTS, spec.sha256)) continue;
        await putArtifact(this.env.ARTIFACTS, new TextEncoder().encode(this.#versions.specText(model, version)));
      }
    this.#storeLost = false;
  }

  /** The pointer leads to a directory that the registry does not know, as when an older state of it was restored: isolates take only higher ones. */
  #beginAbove(number: number): void {
    writeOutput("error", "the directory in the store is newer than the registry", {
      ...{ store: number, registry: this.#directories.newest().number },
    });
    this.#directories.begin(Date.now(), number);
    const { number: directory } = this.#directories.newest();
    this.#effects.add("directory", "", directory);
    // Trainers and pages go by what the newer one said.
    for (const { name: model } of this.#versions.models()) {
      for (const { version, ready } of this.#versions.of(model))
        if (ready) this.#effects.add("configure", trainerName(model, version), directory);
      for (const channel of channelNames(model, this.env.CHANNELS)) this.#effects.add("notify", channel, directory);
    }
  }

  /** A registry that knows nothing, as a new one does, begins with what the directory in the store says, if there is one: it has lost its data. */
  async #adopt(): Promise<void> {
    const directory = await readDirectory(this.env);
    if (!directory || Object.keys(directory.models).length === 0) return;
    const adopted = await adoptedVersions(this.env.ARTIFACTS, directory);
    const given = await highestPublished(this.env.ARTIFACTS);
    writeOutput("error", "the registry has lost its data, and begins with what the directory in the store says", {
      directory: directory.number,
    });
    this.ctx.storage.transactionSync(() => {
      for (const [model, { task }] of Object.entries(directory.models)) this.#versions.addModel(model, task);
      for (const { version, hash, specText } of adopted) this.#versions.add(version, hash, specText);
      this.#versions.keepGiven(given);
      this.#erasures.relearn(Object.keys(directory.models));
      this.#beginAbove(directory.number);
    });
  }

  /**
   * The store has a newer directory, as when an older state of the registry was restored. Versions that came since have trainers, which go on; so they are known again, retired where their model is
   * known, since it is served by what was live in that state.
   */
  async #adoptNewer(): Promise<void> {
    this.#versions.keepGiven(await highestPublished(this.env.ARTIFACTS));
    const directory = await readDirectory(this.env);
    const adopted = directory ? await adoptedVersions(this.env.ARTIFACTS, directory) : [];
    this.ctx.storage.transactionSync(() => {
      const known = new Set(this.#versions.models().map(({ name }) => name));
      for (const { version, hash, specText } of adopted) {
        const { model, version: number } = version;
        if (this.version(model, number) || this.#versions.find(model, hash) !== null) continue;
        if (this.#versions.taskOf(model) === null) this.#versions.addModel(model, directory!.models[model]!.task);
        const stage = known.has(model) ? ({ stage: "retired", share: null } as const) : {};
        this.#versions.add({ ...version, ...stage }, hash, specText);
        const what = "is known again by the directory in the store, which is newer than the registry";
        this.#versions.tell(model, { at: Date.now(), directory: directory!.number, version: number, what });
      }
      this.#erasures.relearn(this.#versions.models().map(({ name }) => name));
    });
  }

  /** After a start: whether the store has what the registry wrote to it last. */
  async #checkPointer(): Promise<void> {
    const written = this.#directories.written();
    if (!written) return;
    try {
      const pointer = await readDirectoryPointer(this.env.ARTIFACTS);
      const isThere = await hasArtifact(this.env.ARTIFACTS, written.sha256);
      // Meanwhile there may be another.
      if ((pointer?.sha256 === written.sha256 && isThere) || this.#directories.written()?.number !== written.number)
        return;
      this.#storeLost = !pointer || !isThere;
      if (pointer && pointer.number > this.#directories.newest().number) await this.#adoptNewer();
    } catch (error) {
      writeOutput("error", "the pointer to the directory could not be read", errorFields(error));
    }
    if (!this.#effects.find("directory", "")) this.#effects.add("directory", "", written.number);
    this.#goOn();
  }

  /** From when on a version that waits may be asked after. */
  #mayAskAt({ model, version }: RegisteredVersion): number {
    return deadline(this.#askNotBefore.get(trainerName(model, version)) ?? 0, FAILED_POLL_PAUSE);
  }

  /** Asks the trainer of a version that waits whether it has caught up, unless it is being asked. It never throws. */
  #askOnce(version: RegisteredVersion): Promise<void> {
    const trainer = trainerName(version.model, version.version);
    const asking = this.#asking.get(trainer) ?? this.#ask(version).finally(() => this.#asking.delete(trainer));
    this.#asking.set(trainer, asking);
    return asking;
  }

  async #ask({ model, version }: RegisteredVersion): Promise<void> {
    const trainer = trainerName(model, version);
    this.#askNotBefore.set(trainer, Date.now() + PROMOTION_POLL);
    try {
      const status = await answered(trainer, this.env.TRAINER.getByName(trainer).status());
      const now = this.version(model, version)!;
      // A trainer that was not told of its stage yet speaks of another life.
      if (!status.caughtUp || status.stage !== now.stage || !now.wanted) {
        this.#caughtUpAt.delete(trainer);
        return;
      }
      const snapshot = this.#caughtUpAt.get(trainer) ?? snapshotNumber(status.publication);
      this.#caughtUpAt.set(trainer, snapshot);
      // Whoever loads the version follows its pointer, which lags behind.
      const pointer = await readPublication(this.env.ARTIFACTS, model, version);
      if (!pointer || snapshotNumber(pointer) < snapshot) return;
      this.#caughtUpAt.delete(trainer);
      this.#rule(model, (versions) => caughtUp(versions, version));
    } catch (error) {
      this.#askNotBefore.set(trainer, Date.now() + FAILED_POLL_PAUSE);
      writeOutput("error", "a trainer does not say whether it has caught up", { trainer, ...errorFields(error) });
    }
  }

  /** Resolves when something is so, or that has taken too long. */
  async #settled(isSo: () => boolean): Promise<void> {
    const until = Date.now() + SETTLING_LIMIT;
    const left = () => deadline(until, SETTLING_LIMIT) - Date.now();
    while (!isSo() && left() > 0)
      await within(left(), Promise.race([this.#effects.progress(), ...this.#asking.values()]));
  }

  /** Whether an effect is still to be tried. One that failed is not waited for. */
  #waitsFor(kind: Effect["kind"], target: string): boolean {
    const effect = this.#effects.find(kind, target);
    return effect !== null && effect.attempts === 0;
  }

  #isWritten(): boolean {
    return !this.#waitsFor("directory", "");
  }

  #versionOf(trainer: string): RegisteredVersion | null {
    const at = trainer.lastIndexOf("@");
    return this.version(trainer.slice(0, at), Number(trainer.slice(at + 1)));
  }

  /** The newest directory. A model without a live version is in none: nobody could be served. */
  #directory(): Directory {
    const models: Record<string, DirectoryModel> = {};
    for (const { name, task } of this.#versions.models()) {
      const versions = inDirectory(this.#versions.of(name));
      if (versions.length > 0) models[name] = { task, versions };
    }
    const jurisdiction = jurisdictionOf(this.env);
    return {
      format: DIRECTORY_FORMAT,
      ...this.#directories.newest(),
      ...(jurisdiction !== null && { jurisdiction }),
      models,
    };
  }
}

/** What of a model's versions stands in the directory: all that can be loaded and are not retired, if one of them is live. */
function inDirectory(versions: readonly RegisteredVersion[]): DirectoryVersion[] {
  const known = versions.filter(({ ready, stage }) => ready && stage !== "retired");
  if (!known.some(({ stage }) => stage === "live")) return [];
  return known.map(({ version, stage, share, spec, graph }) => ({ version, stage, share, spec, graph }));
}

const trainerName = (model: string, version: number): string => `${model}@${version}`;

/** @throws Error naming who has not answered in time. */
async function answered<T>(name: string, answer: Promise<T>): Promise<T> {
  const result = await within(
    ANSWER_LIMIT,
    answer.then((value) => ({ value })),
  );
  if (!result) throw new Error(`${name} has not answered within ${ANSWER_LIMIT / 1000} seconds`);
  return result.value;
}

const noModel = (model: string): Refusal => ({
  ...{ status: 404, field: "path.model" },
  problem: `is not the name of a deployed model: there is no ${model}`,
});
const noVersion = (model: string, version: number): Refusal => ({
  ...{ status: 404, field: "path.version" },
  problem: `is not a version of ${model}: there is no ${version}`,
});
const otherTask = (model: string, task: DirectoryModel["task"]): Refusal => ({
  ...{ status: 409, field: "body.spec.task" },
  problem: `must be ${canonicalJson(task)}, as of all versions of ${model}: deploy another task under another name`,
});
