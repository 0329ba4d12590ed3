import { decodeSnapshot, type SnapshotData } from "../../shared/artifact/snapshot.ts";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import type { Manifest, SnapshotNotice } from "../../shared/contract/manifest.ts";
import { type LoadedModel, loadModel, modelLabel, withGraph, withSnapshot } from "../../shared/decide/loaded-model.ts";
import { Graph } from "../../shared/heads/graph.ts";
import type { Artifact, Artifacts } from "./artifacts.ts";
import { backoff } from "./backoff.ts";
import { type Connection, EdgeError } from "./connection.ts";
import { Live } from "./live.ts";
import { loadOrt } from "./ort.ts";
import type { SnapshotEvent } from "./protocol.ts";

const MANIFEST_TIMEOUT = 15_000;
/** How long a page that has a model from before waits for the edge's, in ms, before it decides with its own. */
const PATIENCE = 800;
/** A decision under way may still use a graph that was replaced, for so long, in ms. */
const GRAPH_GRACE = 10_000;

/** One model as this page decides with it, kept at the edge's newest snapshot. */
export class FollowedModel {
  readonly #name: string;
  readonly #artifacts: Artifacts;
  readonly #connection: Connection;
  readonly #activated: (event: SnapshotEvent) => void;
  #active: { manifest: Manifest; loaded: LoadedModel } | undefined;
  #loading: Promise<LoadedModel> | undefined;
  #live: Live | undefined;
  /** Updates come one after the other. */
  #updates: Promise<unknown> = Promise.resolve();
  #newest: SnapshotNotice | undefined;
  #failures = 0;
  #graphLoading = false;
  #graphFailures = 0;
  /** No try to load the graph before this time, by performance.now(): snapshots come several times a second. */
  #graphNotBefore = 0;
  #closed = false;

  constructor(name: string, artifacts: Artifacts, connection: Connection, activated: (event: SnapshotEvent) => void) {
    this.#name = name;
    this.#artifacts = artifacts;
    this.#connection = connection;
    this.#activated = activated;
  }

  /** What decides now: replaced as a whole, so that a decision sees one snapshot from its beginning to its end. */
  get current(): LoadedModel | undefined {
    return this.#active?.loaded;
  }

  /**
   * Loads the model and follows it from then on.
   * @throws Error when the edge does not know it, or cannot be reached and this browser has no snapshot of it.
   */
  load(): Promise<LoadedModel> {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  wake(): void {
    this.#live?.wake();
    this.#loadGraph();
  }

  close(): void {
    this.#closed = true;
    this.#live?.close();
  }

  async #load(): Promise<LoadedModel> {
    const manifest = await this.#artifacts.manifest(this.#name);
    const network = this.#refresh();
    try {
      if (manifest) {
        const patience = navigator.onLine ? PATIENCE : 0;
        await Promise.race([network, new Promise((resolve) => setTimeout(resolve, patience))]);
      } else await network;
    } catch (error) {
      if (error instanceof EdgeError && error.status === 404)
        throw new Error(`the edge does not know a model ${JSON.stringify(this.#name)}`);
      if (!manifest) throw this.#unavailable(error);
    }
    if (!this.#active && manifest) await this.#startStored(manifest);
    if (!this.#active)
      await network.catch((error) => {
        throw this.#unavailable(error);
      });
    network.catch(() => {});
    if (!this.#closed)
      this.#live ??= new Live(this.#name, this.#connection, {
        notice: (notice, receivedAt, pushed) => this.#notice(notice, receivedAt, pushed),
        poll: () => this.#refresh(),
      });
    return this.#active!.loaded;
  }

  #unavailable(error: unknown): Error {
    const why = error instanceof Error ? error.message : String(error);
    return new Error(`model ${JSON.stringify(this.#name)} is not in this browser yet and cannot be fetched: ${why}`);
  }

  /** Starts with what this browser has; it may have been updated from the network meanwhile. */
  async #startStored(manifest: Manifest): Promise<void> {
    const snapshot = await this.#artifacts.stored(manifest.snapshot, decoder(manifest));
    if (!snapshot || this.#active) return;
    this.#activate(manifest, loadModel(manifest.spec, snapshot.value), null);
  }

  #notice(notice: SnapshotNotice, receivedAt: number, pushed: boolean): void {
    this.#newest = notice;
    this.#serially(async () => {
      // While others were applied, a newer one came.
      if (this.#newest !== notice) return;
      const active = this.#active?.manifest;
      if (active?.version !== notice.version) await this.#update(await this.#manifest());
      else {
        const { snapshot, examples, sentAt } = notice;
        const age = pushed && snapshot.newestFeedbackAt !== null ? sentAt - snapshot.newestFeedbackAt : null;
        await this.#update(
          { ...active, snapshot, examples },
          age === null ? null : () => age + performance.now() - receivedAt,
        );
      }
      this.#failures = 0;
    }).catch(() => {
      setTimeout(() => this.#closed || this.#refresh().catch(() => {}), backoff(++this.#failures));
    });
  }

  /** Looks at the manifest and takes what is new in it. Resolves to whether anything was. */
  #refresh(): Promise<boolean> {
    return this.#serially(async () => {
      const manifest = await this.#manifest();
      const active = this.#active?.manifest;
      // The edge may answer from memory that is a little behind what it pushed to us.
      if (active?.version === manifest.version && manifest.snapshot.publishedAt < active.snapshot.publishedAt)
        return false;
      return this.#update(manifest);
    });
  }

  #serially<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#updates.then(task);
    this.#updates = result.catch(() => {});
    return result;
  }

  async #manifest(): Promise<Manifest> {
    const path = `/v1/models/${this.#name}`;
    const manifest = (await this.#connection.json(path, { timeout: MANIFEST_TIMEOUT, cache: "no-cache" })) as Manifest;
    if (typeof manifest?.spec?.features !== "object" || typeof manifest.snapshot?.sha256 !== "string")
      throw new Error(`the edge answered ${path} with something else than a manifest`);
    return manifest;
  }

  /** @param age What to report as the feedback's age when the snapshot is in use. */
  async #update(manifest: Manifest, age: (() => number) | null = null): Promise<boolean> {
    const before = this.#active?.manifest;
    const sameSpec =
      before?.version === manifest.version && canonicalJson(before.spec) === canonicalJson(manifest.spec);
    if (
      sameSpec &&
      before.snapshot.sha256 === manifest.snapshot.sha256 &&
      before.snapshot.number === manifest.snapshot.number
    )
      return false;
    const snapshot: Artifact<SnapshotData> = await this.#artifacts.load(manifest.snapshot, decoder(manifest));
    // Looked at only now: the graph may have come meanwhile.
    const loaded = this.#active?.loaded;
    if (sameSpec && loaded) this.#activate(manifest, withSnapshot(loaded, snapshot.value), age);
    else {
      this.#activate(manifest, loadModel(manifest.spec, snapshot.value), age);
      const graph = loaded?.graph;
      if (graph) setTimeout(() => graph.release(), GRAPH_GRACE);
    }
    await this.#artifacts.keep(manifest, snapshot.bytes).catch((error) => {
      console.warn(`edgewise: ${this.#name} could not be kept for the next start: ${error}`);
    });
    this.#loadGraph();
    return true;
  }

  #activate(manifest: Manifest, loaded: LoadedModel, age: (() => number) | null): void {
    this.#active = { manifest, loaded };
    this.#activated({
      model: this.#name,
      label: modelLabel({ ...manifest, snapshot: manifest.snapshot.number }),
      feedbackAgeMs: age?.() ?? null,
      examples: manifest.examples,
    });
    this.#loadGraph();
  }

  /** Until the graph is there, the head decides alone: nobody waits for it. A failed try is repeated, with growing pauses, at a later snapshot. */
  async #loadGraph(): Promise<void> {
    const started = this.#active;
    const pointer = started?.manifest.graph;
    if (!pointer || started.loaded.graph || this.#graphLoading || this.#closed) return;
    if (performance.now() < this.#graphNotBefore) return;
    this.#graphLoading = true;
    try {
      const ort = await loadOrt();
      const { value: graph, bytes } = await this.#artifacts.load(pointer, (content) => Graph.load(ort, content));
      const active = this.#active!;
      if (active.manifest.graph?.sha256 !== pointer.sha256 || this.#closed) return void graph.release();
      try {
        active.loaded = withGraph(active.loaded, graph);
      } catch (error) {
        graph.release();
        throw error;
      }
      this.#graphFailures = 0;
      await this.#artifacts.keepGraph(pointer, bytes);
    } catch (error) {
      this.#graphNotBefore = performance.now() + backoff(++this.#graphFailures);
      console.warn(`edgewise: ${this.#name} decides without its graph for now: ${error}`);
    } finally {
      this.#graphLoading = false;
    }
    // The version may have changed on the way.
    if (this.#active !== started && !this.#active?.loaded.graph) this.#loadGraph();
  }
}

const decoder =
  ({ model, version, snapshot: { number } }: Manifest) =>
  (bytes: Uint8Array): SnapshotData => {
    const snapshot = decodeSnapshot(bytes);
    if (snapshot.model !== model || snapshot.version !== version || snapshot.number !== number)
      throw new Error(
        `the artifact is ${modelLabel({ ...snapshot, snapshot: snapshot.number })}, not what the manifest says`,
      );
    return snapshot;
  };
