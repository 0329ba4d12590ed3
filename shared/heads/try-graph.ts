import type { CallOperator, ModelSpec, SessionOperator, StoredOperator } from "../contract/spec.ts";
import { type FeatureValue, type FeatureValues, key } from "../contract/values.ts";
import { checkGraph, Graph, type GraphValues } from "./graph.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";

/** Numbers of actions that a graph is tried with: one that has learned its batch size by heart fails with some of them. */
const ROWS = [1, 2, 3];

/** Larger files may be too much for a Worker: it has 128 MB, and the runtime keeps a copy or two of the weights. Bytes. */
const LARGE_GRAPH = 20_000_000;

/** What trying a graph showed. A graph with problems can never work, or not with every number of actions. */
export type GraphTrial = { problems: string[]; warnings: string[] };

type Operator = CallOperator | SessionOperator | StoredOperator;

/**
 * Tries a graph before it is taken: loads it, holds inputs and outputs against the spec, and runs it with 1, 2 and 3 actions of made-up
 * values. Every problem names the input or output in the author's words.
 * @param bytes of the ONNX file.
 */
export async function tryGraph(ort: OnnxRuntime, spec: ModelSpec, bytes: Uint8Array): Promise<GraphTrial> {
  const warnings: string[] = [];
  if (bytes.length > LARGE_GRAPH)
    warnings.push(
      `the graph has ${(bytes.length / 1e6).toFixed(1)} MB: a Worker of 128 MB may not be able to run it, and every page has to load it`,
    );
  let graph: Graph;
  try {
    graph = await Graph.load(ort, bytes);
  } catch (error) {
    return { problems: [reason(error)], warnings };
  }
  try {
    checkGraph(spec, graph);
    const problems = [...outputProblems(graph), ...textInputs(spec, graph)];
    if (problems.length === 0) problems.push(...(await run(spec, graph)));
    return { problems, warnings };
  } catch (error) {
    return { problems: [reason(error)], warnings };
  } finally {
    await graph.release();
  }
}

function outputProblems({ outputMetadata }: Graph): string[] {
  const problems: string[] = [];
  if (outputMetadata.length === 0) problems.push("the graph has no output: one value an action is needed");
  for (const { name, isTensor, type, shape } of outputMetadata) {
    const bad = (why: string) => problems.push(`output ${shown(name)} ${why}`);
    if (!key.safeParse(name).success)
      bad("has a name that cannot be a feature's: it must have 1 to 128 characters, none of them a control character");
    if (!isTensor) bad("is a sequence or a map, and must be a tensor of one number an action");
    else if (type === "float16")
      bad("is float16, which not every browser can read: let the graph end with a cast to float32");
    else if (type === "string" || type === "bool") bad(`is ${type}, and must be numbers`);
    else if (shape && !oneEach(shape))
      bad(`has the shape [${shape.join(", ")}], and must have one value an action: [A] or [A, 1]`);
  }
  return problems;
}

/** Whether a shape may hold one value an action: no fixed dimension may be other than 1, and one must be free. */
const oneEach = (shape: readonly (number | string)[]): boolean =>
  shape.length > 0 && shape.every((d) => typeof d === "string" || d === 1) && shape.some((d) => typeof d === "string");

/** Inputs whose feature is never a number: the graph would see zeros for ever. */
function textInputs(spec: ModelSpec, { inputs }: Graph): string[] {
  return inputs.flatMap((name) => {
    const operator = operatorOf(spec, name);
    return operator && isText(operator)
      ? [`input ${name} takes numbers, and the feature (${operator.op}) is text: the graph would always see 0`]
      : [];
  });
}

const isText = (operator: Operator): boolean =>
  ["text", "bucket", "logBucket", "hourOfDay", "lastDistinct"].includes(operator.op) ||
  (operator.op === "stored" && typeof operator.default === "string");

async function run(spec: ModelSpec, graph: Graph): Promise<string[]> {
  for (const rows of spec.task.type === "rank" ? ROWS : [1])
    try {
      await graph.run(madeUp(spec, rows));
    } catch (error) {
      return [`with ${rows} action${rows === 1 ? "" : "s"} the graph does not run: ${reason(error)}`];
    }
  return [];
}

/** Values of every feature that can be an input, different in every row. */
function madeUp({ features, task }: ModelSpec, rows: number): GraphValues {
  const values = (operators: Record<string, Operator>, row: number): FeatureValues =>
    Object.fromEntries(Object.entries(operators).map(([name, operator]) => [name, madeUpValue(operator, row)]));
  const actions = task.type === "rank" ? Array.from({ length: rows }, (_, row) => values(features.action, row)) : [{}];
  return {
    session: values(features.session, 0),
    context: values(features.context, 0),
    profile: values(features.profile, 0),
    actions,
  };
}

const madeUpValue = (operator: Operator, row: number): FeatureValue =>
  operator.op === "vector" || operator.op === "decayedMean"
    ? Array.from({ length: operator.size }, (_, i) => 0.25 * (row + 1) + 0.125 * (i % 8))
    : 0.5 * (row + 1);

function operatorOf({ features }: ModelSpec, input: string): Operator | undefined {
  const dot = input.indexOf(".");
  const operators: Record<string, Operator> = features[input.slice(0, dot) as keyof typeof features];
  const feature = input.slice(dot + 1);
  return Object.hasOwn(operators, feature) ? operators[feature] : undefined;
}

const shown = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}… (${name.length} characters)` : name);

/** The first line: what follows is where in the runtime it happened. */
const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!.slice(0, 500);
