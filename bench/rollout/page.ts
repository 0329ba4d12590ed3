import type { Assignment, RankDecision } from "../../shared/contract/record.ts";
import { decideRank } from "../../shared/decide/decide.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { actions, type Edge } from "./edge.ts";

/** A page of a model as it was at one moment: it decides as its live version did. */
export class Page {
  readonly model: LoadedModel;
  readonly assignment: Assignment;

  private constructor(model: LoadedModel, assignment: Assignment) {
    this.model = model;
    this.assignment = assignment;
  }

  static async open(edge: Edge, name: string): Promise<Page> {
    const { spec, snapshot, delta, stage, share, directory } = await edge.manifest(name);
    const base = decodeSnapshot(await edge.bytes(snapshot.url));
    const newest = delta ? applyDelta(base, await edge.bytes(delta.url)) : base;
    return new Page(loadModel(spec, newest), { stage, share, directory });
  }

  rank(id: string, unit: string, at: number): RankDecision {
    const known = { context: {}, sessionFeatures: {}, profileFeatures: {} };
    const call = { ...known, id, unit, at, actions, assignment: this.assignment, place: "browser" as const };
    return decideRank(this.model, call, null);
  }
}
