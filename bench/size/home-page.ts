import { filmActions, filmById } from "../../models/home-hero/films.ts";
import type { Visitor } from "../../models/home-hero/visitors.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { decideRank } from "../../shared/decide/decide.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import { runGraph } from "../../shared/decide/run-graph.ts";
import { SessionState } from "../../shared/features/session.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { Graph } from "../../shared/heads/graph.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";

/** The demo's model as pages have it: decides for visitors by the newest snapshot. */
export class HomePages {
  readonly #url: string;
  readonly #ort: OnnxRuntime;
  #manifest!: Manifest;
  #model!: LoadedModel;
  #graph!: Graph;

  private constructor(url: string, ort: OnnxRuntime) {
    this.#url = url;
    this.#ort = ort;
  }

  static async open(url: string, ort: OnnxRuntime): Promise<HomePages> {
    const pages = new HomePages(url, ort);
    await pages.refresh();
    pages.#graph = await Graph.load(pages.#ort, await pages.#bytes(pages.#manifest.graph!.url));
    return pages;
  }

  /** Takes the newest snapshot. */
  async refresh(): Promise<void> {
    this.#manifest = (await (await fetch(`${this.#url}/v1/models/home-hero`)).json()) as Manifest;
    const { spec, snapshot, delta } = this.#manifest;
    const base = decodeSnapshot(await this.#bytes(snapshot.url));
    this.#model = loadModel(spec, delta ? applyDelta(base, await this.#bytes(delta.url)) : base);
  }

  /** The visitor's n-th decision, as a page in Chromium makes it. */
  async decide(visitor: Visitor, session: string, n: number, deferred: boolean): Promise<RankDecision> {
    const at = Date.now();
    const { spec } = this.#model;
    const state = new SessionState((spec as ModelSpec).features.session);
    for (const event of visitor.eventsBefore(at)) state.add(event);
    const { stage, share, directory } = this.#manifest;
    const call = {
      ...{ id: `${session}.${n}`, unit: unitOf(visitor), session, at, deferred, place: "browser" as const },
      ...{ context: visitor.context, sessionFeatures: state.values(at), profileFeatures: {}, actions: filmActions() },
      assignment: { stage, share, directory },
    };
    return decideRank(this.#model, call, await runGraph({ spec, graph: this.#graph }, call));
  }

  async #bytes(url: string): Promise<Uint8Array> {
    return new Uint8Array(await (await fetch(this.#url + url)).arrayBuffer());
  }
}

/** As long as the random ids that pages give to units. */
const unitOf = ({ unit }: Visitor): string => `${unit}-0000-4000-8000-000000000000`.slice(-36);

/** Whether the visitor clicks what was chosen for it. */
export const clicks = (visitor: Visitor, { actions, chosen }: RankDecision): number =>
  Number(visitor.clicks(filmById(actions[chosen]!.id)));
