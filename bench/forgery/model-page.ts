import "../../web/client/other-scorers.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import type { Action, DecisionRecord, RankDecision } from "../../shared/contract/record.ts";
import type { FeatureValues, Properties } from "../../shared/contract/values.ts";
import { decide } from "../../shared/decide/decide.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import { recompute } from "../../shared/decide/recompute.ts";
import { runGraph } from "../../shared/decide/run-graph.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { Graph, type GraphOutputs } from "../../shared/heads/graph.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { BriefBatches } from "../../web/client/brief-batch.ts";
import type { OutboxItem } from "../../web/client/stores.ts";

/** How many snapshots a page goes back to, as pages do that were off line. */
const KEPT = 12;

const GENRES = ["drama", "comedy", "noir", "western", "crime"];

/** A page of one model, in Chromium or in Node: it follows what is published, and decides of what is drawn for it. */
export class ModelPage {
  readonly #url: string;
  readonly #model: string;
  readonly #random: FixtureRandom;
  readonly #name: string;
  #manifest!: Manifest;
  #graph: Graph | null = null;
  /** The newest comes last. */
  readonly #snapshots: LoadedModel[] = [];
  readonly #brief = new BriefBatches();
  #made = 0;

  private constructor(url: string, model: string, name: string, seed: number) {
    this.#url = url;
    this.#model = model;
    this.#name = name;
    this.#random = new FixtureRandom(seed);
  }

  /** @param name begins the ids of its sessions. @param ort null: it decides without its graph, as a page does while that is loading. */
  static async open(
    url: string,
    model: string,
    name: string,
    seed: number,
    ort: OnnxRuntime | null,
  ): Promise<ModelPage> {
    const page = new ModelPage(url, model, name, seed);
    await page.refresh();
    const { graph } = page.#manifest;
    if (graph && ort) page.#graph = await Graph.load(ort, await page.#bytes(graph.url));
    return page;
  }

  /** Takes the newest snapshot, as base and delta. */
  async refresh(): Promise<void> {
    const response = await fetch(`${this.#url}/v1/models/${this.#model}`, { cache: "no-store" });
    this.#manifest = (await response.json()) as Manifest;
    const { spec, snapshot, delta } = this.#manifest;
    const number = (delta ?? snapshot).number;
    if (this.#snapshots.at(-1)?.snapshot.number === number) return;
    const base = decodeSnapshot(await this.#bytes(snapshot.url));
    this.#snapshots.push(loadModel(spec, delta ? applyDelta(base, await this.#bytes(delta.url)) : base));
    if (this.#snapshots.length > KEPT) this.#snapshots.shift();
  }

  nextId = (): string => `${this.#name}-${this.#made % 64}.${this.#made++}`;

  /** Examples that the newest snapshot has learned. */
  get examples(): number {
    return this.#manifest.examples;
  }

  /**
   * Decides something.
   * @param back by a snapshot of so many publications before, where it has one.
   * @param invent makes other outputs of those that the graph gave.
   */
  async decide(back = 0, invent = (graph: GraphOutputs) => graph): Promise<DecisionRecord> {
    const random = this.#random;
    const { stage, share, directory } = this.#manifest;
    const snapshots = this.#snapshots;
    const model = snapshots[Math.max(0, snapshots.length - 1 - back)]!;
    const call = {
      ...{ id: this.nextId(), unit: `${this.#name}-${random.whole(1000)}`, at: Date.now(), place: "browser" as const },
      ...{ assignment: { stage, share, directory }, profileFeatures: {} },
      ...drawn(random),
    };
    const graph = await runGraph({ spec: model.spec, graph: this.#graph }, call);
    return JSON.parse(JSON.stringify(decide(model, call, graph && invent(graph))));
  }

  /**
   * Whether a record of this model says briefly what an honest page would say that had its features and graph outputs: choice and propensity follow from them. Its scores, which
   * do not, are not sent then.
   */
  isConsistent(record: DecisionRecord): boolean {
    const model = this.#snapshots.find(({ snapshot }) => snapshot.number === record.snapshot);
    if (!model || record.task !== "rank") return false;
    try {
      const { decision, disagreements } = recompute(record, model);
      const same = decision as RankDecision;
      return (
        !disagreements.includes("chosen") && same.probabilities[same.chosen] === record.probabilities[record.chosen]
      );
    } catch {
      return false;
    }
  }

  /** Posts records whole, as a page does that goes. */
  post(decisions: readonly object[]): Promise<BatchResponse> {
    return this.#post(JSON.stringify({ format: 2, sentAt: Date.now(), decisions, feedback: [] }));
  }

  /** Posts records as pages do, with nothing said twice. */
  async postBriefly(decisions: readonly object[], feedback: readonly object[] = []): Promise<BatchResponse> {
    const items = (kind: OutboxItem["kind"], records: readonly object[]): OutboxItem[] =>
      records.map((record, key) => ({ ...{ key, kind, id: "", size: 0 }, body: JSON.stringify(record) }));
    const body = await this.#brief.body([...items("decision", decisions), ...items("feedback", feedback)]);
    const response = await this.#post(body);
    this.#brief.wanted(response.wanted ?? []);
    return response;
  }

  async #post(body: string): Promise<BatchResponse> {
    const response = await fetch(`${this.#url}/v1/batch`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    if (!response.ok) throw new Error(`the edge answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
    return (await response.json()) as BatchResponse;
  }

  async #bytes(url: string): Promise<Uint8Array> {
    const response = await fetch(this.#url + url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

function drawn(random: FixtureRandom): { context: Properties; sessionFeatures: FeatureValues; actions: Action[] } {
  const vector = () => [random.next() - 0.5, random.next() - 0.5, random.next() - 0.5];
  return {
    context: { device: random.pick(["phone", "desktop", "tv"]), hour: random.whole(24) },
    sessionFeatures: {
      views: random.whole(20),
      genres: GENRES.filter(() => random.next() < 0.4),
      taste: random.next() < 0.2 ? null : vector(),
    },
    actions: Array.from({ length: 4 + random.whole(8) }, (_, i) => ({
      id: `a${i}`,
      features: { genre: random.pick(GENRES), year: 1950 + random.whole(75), content: vector() },
    })),
  };
}
