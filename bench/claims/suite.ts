import { jsonValueErrors } from "../../edge/intake/json-value.ts";
import homeHero from "../../models/home-hero/spec.ts";
import { upcast } from "../../shared/contract/read-record.ts";
import { decisionRecord } from "../../shared/contract/record.ts";
import { decideRank } from "../../shared/decide/decide.ts";
import { recompute } from "../../shared/decide/recompute.ts";
import { recordedFeatureProblem } from "../../shared/decide/recorded-features.ts";
import { graphDisagreement, recordedGraphProblem } from "../../shared/decide/recorded-graph.ts";
import { graphInputs } from "../../shared/decide/run-graph.ts";
import { Graph } from "../../shared/heads/graph.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { ACTIONS, callWith, heroModel, type Suite } from "../scoring/suite.ts";

/** What the edge does with a decision of a batch before it appends it, in parts. The first is what it did before decisions were checked. */
export const CASES = ["parse and schema", "decide again", "run the graph again"] as const;

export async function prepare(ort: OnnxRuntime, graphBytes: Uint8Array): Promise<Suite> {
  const model = heroModel();
  const graph = await Graph.load(ort, graphBytes);
  const suite: Suite = {};
  for (const count of ACTIONS) {
    const call = { ...callWith(count), place: "browser" as const };
    const inputs = graphInputs(model, call);
    const record = decideRank(model, call, await graph.run(inputs));
    const text = JSON.stringify(record);
    const cases: Record<(typeof CASES)[number], () => unknown> = {
      "parse and schema": () => {
        const value: unknown = JSON.parse(text);
        const errors = jsonValueErrors("", value);
        decisionRecord.parse(upcast(value, "decision"));
        if (errors.length > 0 || JSON.stringify(value) !== text) throw new Error("the record is not as it was");
      },
      "decide again": () => {
        const { disagreements } = recompute(record, model);
        const problem = recordedGraphProblem(record, graph.outputs) ?? recordedFeatureProblem(homeHero, record);
        if (problem ?? disagreements.length > 0) throw new Error(problem ?? disagreements.join());
      },
      "run the graph again": async () => {
        const problem = graphDisagreement(record.graph!, await graph.run(graphInputs(model, call)));
        if (problem) throw new Error(problem);
      },
    };
    for (const name of CASES)
      suite[`${name}/${count}`] = async (n) => {
        for (let i = 0; i < n; i++) await cases[name]();
      };
  }
  return suite;
}
