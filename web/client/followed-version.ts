import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { backOff } from "../../shared/contract/back-off.ts";
import type { SnapshotNotice, VersionManifest } from "../../shared/contract/manifest.ts";
import type { Publication } from "../../shared/contract/publication.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import { withSnapshot } from "../../shared/decide/with-snapshot.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { encodeSnapshot } from "../../shared/heads/encode-snapshot.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import type { Artifacts } from "./artifacts.ts";
import { fromBase64 } from "./base64.ts";
import type { LoadGraphs } from "./graphs.ts";
import { type HeldSnapshot, type Published, publishedAs } from "./held-snapshot.ts";
import { missingScorers } from "./scorers.ts";
import type { ServedVersion } from "./served-version.ts";

/** A decision under way may still use a graph whose version no longer serves, for so long, in ms. */
const GRAPH_GRACE = 10_000;

type Pointers = Pick<Publication, "snapshot" | "delta">;

/** Keeps one version of a model that this page decides with at its newest snapshot. */
export class FollowedVersion {
  readonly #served: ServedVersion;
  readonly #artifacts: Artifacts;
  readonly #graphs: LoadGraphs | undefined;
  #manifest: VersionManifest;
  /** Updates come one after the other. */
  #updates: Promise<unknown> = Promise.resolve();
  #newest: SnapshotNotice | undefined;
  #graphLoading = false;
  #graphFailures = 0;
  /** No try to load the graph before this time, by performance.now(): snapshots come several times a second. */
  #graphNotBefore = 0;
  #closed = false;

  constructor(served: ServedVersion, manifest: VersionManifest, artifacts: Artifacts, graphs: LoadGraphs | undefined) {
    this.#served = served;
    this.#manifest = manifest;
    this.#artifacts = artifacts;
    this.#graphs = graphs;
    void this.#loadGraph();
  }

  /** Starts with what this browser has of the version, if it has it; it may have been updated from the network meanwhile. */
  async startHeld(held: HeldSnapshot): Promise<void> {
    await missingScorers([this.#manifest.spec]);
    const stored = await this.#artifacts.stored(held, (bytes) => this.#served.checked(decodeSnapshot(bytes)));
    if (!stored || this.#served.current) return;
    this.#activate(loadModel(this.#manifest.spec, stored.value), held, null);
  }

  /** Takes what is new in the version's manifest. @throws EdgeError when it cannot be had. */
  update(manifest: VersionManifest): Promise<void> {
    return this.#serially(async () => {
      this.#manifest = manifest;
      await this.#take(manifest, manifest.examples);
      this.#loadGraph();
    });
  }

  /**
   * Takes a publication that the edge told of.
   * @param receivedAt by performance.now(). @param pushed whether it was published while we were connected.
   * @throws EdgeError when it cannot be had.
   */
  notice(notice: SnapshotNotice, receivedAt: number, pushed: boolean): Promise<unknown> {
    const known = this.#newest;
    // One that is tried again may be older than what we were told of meanwhile.
    if (!known || publishedAs(known).publishedAt <= publishedAs(notice).publishedAt) this.#newest = notice;
    return this.#serially(async () => {
      const { step, examples, sentAt } = notice;
      const now = this.#served.current?.snapshot;
      const age = pushed ? feedbackAge(notice, sentAt) : null;
      const reported = age === null ? null : () => age + performance.now() - receivedAt;
      if (step && now?.number === step.from && step.of === this.#served.published.publication) {
        this.#replace(applyDelta(now, fromBase64(step.bytes)), notice, examples, reported);
        // While others were applied, a newer one came: it says where everything is.
      } else if (this.#newest === notice) await this.#take(notice, examples, reported);
    });
  }

  /** What there is to keep for the next start. */
  async held(): Promise<{ pointer: HeldSnapshot; bytes: Uint8Array<ArrayBuffer> } | null> {
    const { current, published, version } = this.#served;
    if (!current) return null;
    const bytes = encodeSnapshot(current.snapshot);
    const pointer = { ...(await this.#artifacts.pointerOf(bytes)), version, ...published };
    return { pointer, bytes };
  }

  wake(): void {
    this.#loadGraph();
  }

  close(): void {
    this.#closed = true;
    const graph = this.#served.current?.graph;
    if (graph) setTimeout(() => graph.release(), GRAPH_GRACE);
  }

  async #take(pointers: Pointers, examples: number, age: (() => number) | null = null): Promise<void> {
    const now = this.#served.current?.snapshot;
    const number = snapshotNumber(pointers);
    const { publication, publishedAt } = publishedAs(pointers);
    if (now && publication === this.#served.published.publication) return;
    // The edge may answer from memory that is a little behind what it pushed to us.
    if (now && number < now.number && publishedAt <= this.#served.published.publishedAt) return;
    await missingScorers([this.#manifest.spec]);
    const base = await this.#artifacts.load(pointers.snapshot, decodeSnapshot);
    const { delta } = pointers;
    const snapshot = delta
      ? (await this.#artifacts.load(delta, (bytes) => applyDelta(base.value, bytes))).value
      : base.value;
    this.#replace(this.#served.checked(snapshot), pointers, examples, age);
  }

  #replace(snapshot: SnapshotData, pointers: Pointers, examples: number, age: (() => number) | null): void {
    const number = snapshotNumber(pointers);
    if (snapshot.number !== number) throw new Error(`it is snapshot ${snapshot.number}, not ${number}`);
    const { snapshot: base, delta } = pointers;
    // Looked at only now: the graph may have come meanwhile.
    const { current } = this.#served;
    const loaded = current ? withSnapshot(current, snapshot) : loadModel(this.#manifest.spec, snapshot);
    this.#manifest = { ...this.#manifest, snapshot: base, delta, examples };
    this.#activate(loaded, publishedAs(pointers), age);
  }

  #activate(loaded: LoadedModel, published: Published, age: (() => number) | null): void {
    this.#served.activate(loaded, published, age);
    void this.#loadGraph();
  }

  #serially<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#updates.then(task);
    this.#updates = result.catch(() => {});
    return result;
  }

  /** Until the graph is there, the head decides alone: nobody waits for it. A failed try is repeated, with growing pauses, at a later snapshot. */
  async #loadGraph(): Promise<void> {
    const pointer = this.#manifest.graph;
    const { current, model } = this.#served;
    if (!pointer || !current || current.graph || this.#graphLoading || this.#closed) return;
    if (performance.now() < this.#graphNotBefore) return;
    this.#graphLoading = true;
    try {
      if (!this.#graphs) throw Object.assign(new Error("createClient needs graphs"), { isFinal: true });
      await (await this.#graphs()).default.join(this.#served, this.#artifacts, pointer, () => this.#closed);
      this.#graphFailures = 0;
    } catch (error) {
      const pause = (error as { isFinal?: boolean }).isFinal ? Infinity : backOff(++this.#graphFailures, Math.random());
      this.#graphNotBefore = performance.now() + pause;
      console.warn(`edgewise: ${model} decides without its graph: ${error}`);
    } finally {
      this.#graphLoading = false;
    }
  }
}

/** How old the newest feedback in a publication was when the edge told of it, ms; null when there is none. */
function feedbackAge({ snapshot, delta }: Pointers, sentAt: number): number | null {
  const { newestFeedbackAt } = delta ?? snapshot;
  return newestFeedbackAt === null ? null : sentAt - newestFeedbackAt;
}
