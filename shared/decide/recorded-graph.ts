import type { DecisionRecord } from "../contract/record.ts";
import type { GraphOutputs } from "../heads/graph.ts";

/**
 * How far a graph's outputs may be from those of another runtime: absolutely up to 1, relatively above. Execution providers add in another order,
 * in 32 bits.
 */
export const GRAPH_TOLERANCE = 1e-4;

/**
 * Whether a record's `graph` can be of its version's graph, before anything is run.
 * @param outputs names of the outputs of the version's graph; null: it has none.
 * @returns what cannot be; null when it can.
 */
export function recordedGraphProblem(
  { graph, computedBy: { runtime } }: Pick<DecisionRecord, "graph" | "computedBy">,
  outputs: readonly string[] | null,
): string | null {
  if (graph === null)
    return runtime === "native" ? null : `computedBy.runtime is ${runtime}, and graph, which it gave, is null`;
  if (runtime === "native") return "computedBy.runtime is native, and graph has outputs";
  if (outputs === null) return "graph has outputs, and its version has no graph";
  const unknown = Object.keys(graph).find((name) => !outputs.includes(name));
  if (unknown !== undefined) return `graph.${unknown} is no output of its version's graph`;
  const missing = outputs.find((name) => !Object.hasOwn(graph, name));
  return missing === undefined ? null : `graph lacks ${missing}, an output of its version's graph`;
}

/** What a record says otherwise than a graph that was run again; null when they agree within GRAPH_TOLERANCE. */
export function graphDisagreement(recorded: GraphOutputs, right: GraphOutputs): string | null {
  for (const [name, values] of Object.entries(right)) {
    const index = values.findIndex(
      (x, i) => !(Math.abs(recorded[name]![i]! - x) <= GRAPH_TOLERANCE * Math.max(1, Math.abs(x))),
    );
    if (index >= 0)
      return `graph.${name}[${index}] is ${recorded[name]![index]}, and its version's graph gives ${values[index]}`;
  }
  return null;
}
