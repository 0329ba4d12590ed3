import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import type { DirectoryVersion } from "../../shared/contract/directory.ts";
import type { Publication } from "../../shared/contract/publication.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import { withGraph } from "../../shared/decide/with-graph.ts";
import { withSnapshot } from "../../shared/decide/with-snapshot.ts";
import type { Graph } from "../../shared/heads/graph.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { WarmGraph } from "../ort/graphs.ts";
import { deadline } from "../storage/clock.ts";
import { readPublication } from "../storage/pointers.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { GRAPH_WAIT } from "./limits.ts";
import { pastSnapshots } from "./past-snapshots.ts";
import { readSpec } from "./specs.ts";

/** A version that serves, as this isolate decides with it. */
export class ServedVersion {
  readonly #env: Env;
  readonly #model: string;
  readonly #version: number;
  readonly #graph: WarmGraph | null;
  #loaded: LoadedModel;
  #publication: Publication;

  private constructor(env: Env, loaded: LoadedModel, publication: Publication, graph: WarmGraph | null) {
    this.#env = env;
    this.#model = publication.model;
    this.#version = publication.version;
    this.#loaded = loaded;
    this.#publication = publication;
    this.#graph = graph;
  }

  /** @throws Error when anything of it is not in the store. */
  static async load(
    env: Env,
    model: string,
    { version, spec: pointer, graph }: Pick<DirectoryVersion, "version" | "spec" | "graph">,
  ): Promise<ServedVersion> {
    const [spec, publication] = await Promise.all([
      readSpec(env.ARTIFACTS, pointer),
      readPublication(env.ARTIFACTS, model, version),
    ]);
    if (!publication) throw new Error(`${model}@${version} is in the directory, and has published nothing`);
    const loaded = loadModel(spec, await readSnapshot(env.ARTIFACTS, publication));
    return new ServedVersion(env, loaded, publication, graph && new WarmGraph(env.ARTIFACTS, spec, graph));
  }

  /** What decides now. With its graph from when that is ready; until then the head decides alone. */
  current(background: Background): LoadedModel {
    const graph = this.#loaded.graph ? null : this.#graph?.ready(background);
    if (graph) this.#loaded = withGraph(this.#loaded, graph);
    return this.#loaded;
  }

  /** What decides by the snapshot in memory, or by one of before that still is; null when it is not. The graph is not in it. */
  at(snapshot: number): LoadedModel | null {
    if (snapshot === this.#loaded.snapshot.number) return this.#loaded;
    const past = pastSnapshots.get({ model: this.#model, version: this.#version, number: snapshot });
    return past && this.by(past);
  }

  /** What decided by a snapshot of before. */
  by(snapshot: SnapshotData): LoadedModel {
    return withSnapshot(this.#loaded, snapshot);
  }

  /** Which snapshot decides. */
  get served(): { model: string; version: number; snapshot: number } {
    return { model: this.#model, version: this.#version, snapshot: this.#loaded.snapshot.number };
  }

  get hasGraph(): boolean {
    return this.#graph !== null;
  }

  /** Its graph, for which a request can wait; null when it takes too long, or cannot be loaded. */
  async graph(background: Background): Promise<Graph | null> {
    const end = Date.now() + GRAPH_WAIT.most;
    for (;;) {
      const graph = this.current(background).graph;
      if (graph !== null || Date.now() >= deadline(end, GRAPH_WAIT.most)) return graph;
      await scheduler.wait(GRAPH_WAIT.look);
    }
  }

  /** Notes that the graph failed in a decision. */
  graphFailed(error: unknown): void {
    this.#graph?.failed(error);
  }

  /** Takes the newest publication, if it is another. @throws Error when it cannot be had: what there is goes on. */
  async refresh(): Promise<void> {
    const publication = await readPublication(this.#env.ARTIFACTS, this.#model, this.#version);
    if (!publication || !this.#isNews(publication)) return;
    const snapshot = await readSnapshot(this.#env.ARTIFACTS, publication);
    // Meanwhile another request may have loaded a newer one.
    if (!this.#isNews(publication)) return;
    // Pages decide with the one of before for a while, and it is what their decisions are checked by.
    pastSnapshots.put(this.#loaded.snapshot);
    this.#loaded = withSnapshot(this.#loaded, snapshot);
    this.#publication = publication;
  }

  release(): void {
    this.#graph?.release();
  }

  /** A trainer that had to begin anew may publish lower numbers than before, but later. */
  #isNews(publication: Publication): boolean {
    const [now, next] = [this.#publication, publication].map(({ snapshot, delta }) => delta ?? snapshot);
    if (next!.sha256 === now!.sha256) return false;
    return snapshotNumber(publication) > snapshotNumber(this.#publication) || next!.publishedAt > now!.publishedAt;
  }
}
