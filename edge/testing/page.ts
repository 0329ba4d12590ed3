import { env } from "cloudflare:workers";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import type { Action, DecisionRecord, RankDecision } from "../../shared/contract/record.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import type { Properties } from "../../shared/contract/values.ts";
import { assign } from "../../shared/decide/assign.ts";
import { decide } from "../../shared/decide/decide.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import type { GraphOutputs } from "../../shared/heads/graph.ts";
import { partitionOf } from "../log/route.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { fetchEdge, send } from "./edge.ts";

/** A page as tests of the edge need it: it decides with what the manifest says, and posts what it decided. */
export class Page {
  readonly manifest: Manifest;
  /** By version. */
  readonly #loaded: ReadonlyMap<number, LoadedModel>;

  private constructor(manifest: Manifest, loaded: ReadonlyMap<number, LoadedModel>) {
    this.manifest = manifest;
    this.#loaded = loaded;
  }

  /** Opens a page of a model as it is now. */
  static async open(model: string): Promise<Page> {
    const manifest = await (await fetchEdge(`/v1/models/${model}`)).json<Manifest>();
    const loaded = await Promise.all(
      [manifest, ...manifest.canaries].map(
        async ({ version, spec, snapshot, delta }): Promise<[number, LoadedModel]> => [
          version,
          loadModel(spec, await readSnapshot(env.ARTIFACTS, { snapshot, delta })),
        ],
      ),
    );
    return new Page(manifest, new Map(loaded));
  }

  get snapshot(): number {
    return snapshotNumber(this.manifest);
  }

  /** Decides as the version that serves the unit. */
  decide(id: string, context: Properties, more: More = {}): DecisionRecord {
    const { unit = "visitor", graph = null, actions = genres } = more;
    const { manifest } = this;
    const serving = assign(manifest.model, unit, [manifest, ...manifest.canaries])!;
    const assignment = { stage: serving.stage, share: serving.share, directory: manifest.directory };
    const call = { id, unit, at: Date.now(), context, sessionFeatures: {}, profileFeatures: {}, assignment, actions };
    return decide(this.#loaded.get(serving.version)!, { ...call, place: "browser" }, graph);
  }

  rank(...args: Parameters<Page["decide"]>): RankDecision {
    return this.decide(...args) as RankDecision;
  }
}

type More = { unit?: string; graph?: GraphOutputs | null; actions?: readonly Action[] };

const genres = ["drama", "crime", "comedy", "noir"].map((genre) => ({ id: genre, features: { genre } }));

/** Posts records as they are. */
export async function post(decisions: readonly unknown[], feedback: readonly object[] = []): Promise<BatchResponse> {
  const response = await send("POST", "/v1/batch", { format: 2, sentAt: Date.now(), decisions, feedback });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

const partitionsOf = (ids: readonly string[]) =>
  [...new Set(ids.map((id) => partitionOf(id, Number(env.PARTITIONS))))].map((name) => env.PARTITION.getByName(name));

/** Which of these decisions are in the log. */
export async function logged(ids: readonly string[]): Promise<string[]> {
  const pages = await Promise.all(
    partitionsOf(ids).map((partition) => partition.page({ after: 0, limit: 10_000, model: null })),
  );
  return pages
    .flatMap(({ rows }) => rows)
    .flatMap(({ kind, id }) => (kind === "decision" && ids.includes(id) ? [id] : []));
}
