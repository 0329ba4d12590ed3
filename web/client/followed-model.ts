import { backOff } from "../../shared/contract/back-off.ts";
import type { DirectoryNotice, Manifest, Notice, VersionManifest } from "../../shared/contract/manifest.ts";
import type { Artifacts } from "./artifacts.ts";
import { type Connection, EdgeError } from "./connection.ts";
import { coded, codeOf } from "./errors.ts";
import { hasNetwork } from "./events.ts";
import { FollowedVersion } from "./followed-version.ts";
import type { LoadGraphs } from "./graphs.ts";
import { keepStartingModel } from "./keep-starting-model.ts";
import type { KeptTexts } from "./kept-texts.ts";
import type { Follower, Live } from "./live.ts";
import { readManifest } from "./read-manifest.ts";
import { type ServedModel, type Serving, serving } from "./served-model.ts";

const MANIFEST_TIMEOUT = 15_000;
/** The same while there is nothing to decide with, in ms: an edge that hangs is asked anew before the visitor is gone. */
const FIRST_TIMEOUT = 5_000;
/** How long a unit that is new to this page waits for its own version, in ms. */
const PATIENCE = 800;
/**
 * So long an answer may show an older directory than we were told of, in ms: whoever answered may not have heard of it yet. An edge that does
 * so for longer has begun anew.
 */
const BEHIND = 10_000;
/** Waits before another look at a manifest that is not yet as we were told, or could not be had, in ms. */
const LOOKS = { base: 100, cap: 30_000 };
/** How soon after the start what decides is stored for the next one, in ms. */
const FIRST_KEEP = 2_000;
/** At most so often it is stored from then on, in ms: it is all of a snapshot, and they come every second. */
const KEEP_INTERVAL = 30_000;

/** What models have in common. */
export type ModelParts = {
  artifacts: Artifacts;
  connection: Connection;
  live: Live;
  graphs: LoadGraphs | undefined;
  texts: KeptTexts;
};

/** Keeps what a model decides with in this page as the edge has it: the versions that serve its units, each at its newest snapshot. */
export class FollowedModel implements Follower {
  readonly #served: ServedModel;
  readonly #parts: ModelParts;
  /** Versions in use, by number. */
  readonly #versions = new Map<number, FollowedVersion>();
  #loading: Promise<void> | undefined;
  /** Whether the edge was asked since this page began, and answered. */
  #followed = false;
  #asking: Promise<unknown> | undefined;
  /** Loading what serves a unit that is new to this page; until when it is waited for, by performance.now(). */
  #catchingUp: { done: Promise<unknown>; until: number } | undefined;
  /** Looks at the manifest come one after the other. */
  #looks: Promise<unknown> = Promise.resolve();
  #again: ReturnType<typeof setTimeout> | undefined;
  /** Notices in a row of which what they tell of could not be had. */
  #failures = 0;
  /** Looks in a row that did not show what was to be seen. */
  #vain = 0;
  /** Number of the newest directory that we know of. */
  #told = 0;
  /** Since when the edge answers with an older one, by performance.now(). */
  #behindSince: number | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #keepDelay = FIRST_KEEP;
  #closed = false;

  constructor(served: ServedModel, parts: ModelParts) {
    this.#served = served;
    this.#parts = parts;
    this.#followStarted();
  }

  /**
   * What decides for a unit now; at the first time, when it is loaded. From then on the model is followed.
   * @throws Error (as a rejection) when the edge does not know the model, or cannot be reached and this browser has no snapshot of it.
   */
  async serving(unit: string): Promise<Serving> {
    const served = this.#served;
    const ready = served.ready(unit);
    if (ready) return ready;
    await this.load();
    // The model was there; a version that this page had no unit for was not.
    if (!served.ready(unit)) await this.#catchUp();
    // Better the live version's choice than none.
    return served.ready(unit) ?? served.live();
  }

  /** Loads the live version, and from then on follows the model. @throws as `serving`. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  wake(): void {
    for (const version of this.#versions.values()) version.wake();
  }

  /** Stores what decides for the next start, if that is to be done. The page may be about to go. */
  async keep(): Promise<void> {
    if (this.#keeping === undefined) return;
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    await this.#keep();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    for (const number of [...this.#versions.keys()]) this.#drop(number);
  }

  /** Loads what serves the units that this page knows. Resolves when it is there, when it cannot be had, or when it was waited for long enough. */
  #catchUp(): Promise<unknown> {
    this.#catchingUp ??= {
      until: performance.now() + patience(),
      done: this.#inTurn(() => this.#take(this.#served.manifest!))
        .catch(() => {})
        .finally(() => {
          this.#catchingUp = undefined;
        }),
    };
    const { done, until } = this.#catchingUp;
    return Promise.race([done, sleep(until - performance.now())]);
  }

  /** Goes on with the versions that decided before anybody followed them. */
  #followStarted(): void {
    const { manifest, versions } = this.#served;
    if (!manifest) return;
    this.#told = Math.max(this.#told, manifest.directory);
    for (const one of serving(manifest)) if (versions.has(one.version)) this.#follow(one);
  }

  /** What is here decides at once, and what is newer is looked for behind it. */
  async #load(): Promise<void> {
    const network = this.#asked();
    await this.#served.starting;
    this.#followStarted();
    if (this.#served.manifest) return;
    const stored = await this.#parts.artifacts.kept(this.#served.name).catch(() => undefined);
    for (const held of stored?.held ?? []) {
      const ours = serving(stored!.manifest).find(({ version }) => version === held.version);
      if (ours) await this.#follow(ours).startHeld(held);
    }
    if (stored) this.#served.begin(stored.manifest);
    this.#followStarted();
    if (this.#served.manifest) return;
    try {
      await network;
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  /** Asks the edge, unless what it answered decides here or it is being asked; a model that it knows is looked for until it answers. */
  #asked(): Promise<unknown> {
    // An answer of which nothing could be had, such as a damaged snapshot, leaves nothing to decide with.
    if (this.#followed && this.#served.manifest) return Promise.resolve();
    if (this.#asking) return this.#asking;
    const asking = this.poll().finally(() => {
      this.#asking = undefined;
    });
    this.#asking = asking;
    asking.catch((error) => {
      if (codeOf(error) !== "model-unknown") this.#lookAgain();
    });
    return asking;
  }

  #unavailable(error: unknown): Error {
    const why = error instanceof Error ? error.message : String(error);
    const { code, status } = error instanceof EdgeError ? error : { code: "failed" as const, status: undefined };
    const name = JSON.stringify(this.#served.name);
    return code === "model-unknown"
      ? coded(`the edge does not know a model ${name}: ${why}`, code, status)
      : coded(`model ${name} cannot be fetched: ${why}`, code, status);
  }

  /** Looks at the manifest and takes what is new in it. */
  poll(): Promise<void> {
    return this.#inTurn(async () => {
      const path = `/v1/models/${this.#served.name}`;
      const answer = await this.#parts.connection.json(path, {
        timeout: this.#served.manifest ? MANIFEST_TIMEOUT : FIRST_TIMEOUT,
        cache: "no-cache",
      });
      const manifest = readManifest(answer);
      this.#followed = true;
      if (this.#isBehind(manifest)) {
        this.#lookAgain();
        if (this.#served.manifest) return;
      } else {
        this.#told = manifest.directory;
        this.#vain = 0;
      }
      await this.#take(manifest);
    });
  }

  #isBehind({ directory }: Manifest): boolean {
    const now = performance.now();
    if (directory >= this.#told) this.#behindSince = undefined;
    else this.#behindSince ??= now;
    return this.#behindSince !== undefined && now - this.#behindSince < BEHIND;
  }

  /** Looks at the manifest in a while, and again until it shows what we were told of. */
  #lookAgain(): void {
    // On a server each call asks for itself.
    if (this.#closed || this.#again !== undefined || !globalThis.document) return;
    this.#again = setTimeout(
      () => {
        this.#again = undefined;
        this.poll().catch(() => this.#lookAgain());
      },
      backOff(++this.#vain, Math.random(), LOOKS),
    );
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#looks.then(task);
    this.#looks = result.catch(() => {});
    return result;
  }

  /**
   * Loads what serves this page's units by a manifest, and then goes over to it: nobody waits for a version that is to come.
   * @throws EdgeError when the live version cannot be had.
   */
  async #take(manifest: Manifest): Promise<void> {
    const needed = new Set([manifest, ...[...this.#served.units].map((unit) => this.#served.assigned(manifest, unit))]);
    const updates = [...needed].map((version) => this.#follow(version).update(version));
    const [live, ...canaries] = await Promise.allSettled(updates);
    if (live!.status === "rejected") throw live!.reason;
    for (const canary of canaries)
      if (canary.status === "rejected")
        console.warn(`edgewise: a canary of ${this.#served.name} cannot be had: ${canary.reason}`);
    this.#served.manifest = manifest;
    const numbers = new Set([...needed].map(({ version }) => version));
    for (const number of [...this.#versions.keys()]) if (!numbers.has(number)) this.#drop(number);
    this.#keepSoon();
  }

  #follow(manifest: VersionManifest): FollowedVersion {
    const { version: number } = manifest;
    const known = this.#versions.get(number);
    if (known) return known;
    const version = new FollowedVersion(
      this.#served.version(number),
      manifest,
      this.#parts.artifacts,
      this.#parts.graphs,
    );
    this.#versions.set(number, version);
    if (!this.#closed) this.#parts.live.follow(this.#served.name, this.#versions, this);
    return version;
  }

  #drop(number: number): void {
    this.#versions.get(number)?.close();
    this.#versions.delete(number);
    this.#served.versions.delete(number);
    if (!this.#closed) this.#parts.live.follow(this.#served.name, this.#versions, this);
  }

  notice(notice: Notice, receivedAt: number, pushed: boolean): void {
    if (notice.type === "directory") {
      void this.#directory(notice);
      return;
    }
    const followed = this.#versions.get(notice.version);
    if (!followed) return;
    followed.notice(notice, receivedAt, pushed).then(
      () => {
        this.#failures = 0;
        this.#keepSoon();
      },
      () => {
        // The notice says where everything is; the manifest may be a second behind it.
        const again = () => this.#closed || this.notice(notice, receivedAt, false);
        setTimeout(again, backOff(++this.#failures, Math.random()));
      },
    );
  }

  async #directory({ directory, within }: DirectoryNotice): Promise<void> {
    if (directory <= this.#told) return;
    this.#told = directory;
    this.#vain = 0;
    await sleep(Math.random() * within);
    if (!this.#closed) await this.poll().catch(() => this.#lookAgain());
  }

  #keepSoon(): void {
    if (this.#closed) return;
    this.#keeping ??= setTimeout(() => {
      this.#keeping = undefined;
      void this.#keep();
    }, this.#keepDelay);
  }

  async #keep(): Promise<void> {
    const manifest = this.#served.manifest;
    if (!manifest) return;
    this.#keepDelay = KEEP_INTERVAL;
    try {
      const all = await Promise.all([...this.#versions.values()].map((version) => version.held()));
      const held = all.filter((one) => one !== null);
      keepStartingModel(this.#parts.texts, manifest, held);
      await this.#parts.artifacts.keep(manifest, held);
    } catch (error) {
      console.warn(`edgewise: ${this.#served.name} is not kept: ${error}`);
    }
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const patience = (): number => (hasNetwork() ? PATIENCE : 0);
