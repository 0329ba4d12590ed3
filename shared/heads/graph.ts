import type { CallOperator, ModelSpec, Namespace, SessionOperator, StoredOperator } from "../contract/spec.ts";
import type { FeatureValue, FeatureValues } from "../contract/values.ts";
import type { OnnxRuntime, OnnxSession, OnnxSessionOptions, OnnxTensor, OnnxValueMetadata } from "./onnx-runtime.ts";

/** Feature values of one decision, for the graph. `actions` has one entry an action; predict: one, empty. */
export type GraphValues = {
  session: FeatureValues;
  context: FeatureValues;
  profile: FeatureValues;
  actions: readonly FeatureValues[];
};

/** What a graph gives for one decision: by the names of its outputs, one value an action; predict: one. */
export type GraphOutputs = Record<string, number[]>;

type InputNamespace = Exclude<Namespace, "graph">;
type Input = { name: string; namespace: InputNamespace; feature: string; size: number };

/**
 * An ONNX graph that a model's decisions run through. Its inputs are float32 and named after features: `session.taste` and
 * other shared ones are [1, D], `action.content` is [A, D], A being the number of actions; a scalar feature has D = 1. Each
 * output has A values and becomes a `graph` feature.
 */
export class Graph {
  readonly #ort: OnnxRuntime;
  readonly #session: OnnxSession;
  readonly #inputs: readonly Input[];
  readonly #misfit: Misfit;
  readonly #misfits = new Set<string>();

  private constructor(ort: OnnxRuntime, session: OnnxSession, inputs: readonly Input[], misfit: Misfit) {
    this.#misfit = misfit;
    this.#ort = ort;
    this.#session = session;
    this.#inputs = inputs;
  }

  /**
   * @param misfit is told once of an input whose feature had a value that is no number: the graph sees 0 for it.
   * @throws Error when the runtime cannot load the bytes, or an input is not named or shaped as above.
   */
  static async load(
    ort: OnnxRuntime,
    bytes: Uint8Array,
    misfit: Misfit = () => {},
    options?: OnnxSessionOptions,
  ): Promise<Graph> {
    const session = await create(ort, bytes, options);
    try {
      return new Graph(ort, session, readInputs(session), misfit);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** The execution provider that decisions are run by. */
  get runtime(): "wasm" | "webgpu" {
    return this.#session.runtime ?? "wasm";
  }

  /** `session.taste`, `action.content`, ... */
  get inputs(): string[] {
    return this.#inputs.map(({ name }) => name);
  }

  get outputs(): string[] {
    return [...this.#session.outputNames];
  }

  /** Types and shapes of the outputs, as far as the file says. */
  get outputMetadata(): readonly OnnxValueMetadata[] {
    return this.#session.outputMetadata;
  }

  /** Length D of an input's vectors. */
  inputSize(name: string): number | undefined {
    return this.#inputs.find((input) => input.name === name)?.size;
  }

  /**
   * One list of A values for each output. A missing feature, or a vector of the wrong length, is zeros; an output that is not
   * finite is 0, so that one odd input cannot make a decision unfit for the log.
   * @throws Error when an output does not have one value an action.
   */
  async run(values: GraphValues): Promise<GraphOutputs> {
    const feeds: Record<string, OnnxTensor> = {};
    for (const { name, namespace, feature, size } of this.#inputs) {
      const rows = namespace === "action" ? values.actions : [values[namespace]];
      const data = new Float32Array(rows.length * size);
      rows.forEach((row, i) => {
        const value = Object.hasOwn(row, feature) ? row[feature] : undefined;
        fill(data, i * size, size, value);
        if (size === 1 && typeof value === "string") this.#tell(name, value);
      });
      feeds[name] = new this.#ort.Tensor("float32", data, [rows.length, size]);
    }
    const results = await this.#session.run(feeds);
    const outputs: GraphOutputs = {};
    for (const name of this.#session.outputNames) outputs[name] = numbers(name, results[name]!, values.actions.length);
    return outputs;
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  #tell(input: string, value: string): void {
    if (this.#misfits.has(input)) return;
    this.#misfits.add(input);
    this.#misfit(
      `graph input ${input} takes a number, and was given the text ${JSON.stringify(value.slice(0, 60))}: the graph sees 0`,
    );
  }
}

/** Is told of what is not as the graph's author means it. */
export type Misfit = (message: string) => void;

/** @throws Error that says in one line why the bytes cannot be run. */
async function create(ort: OnnxRuntime, bytes: Uint8Array, options?: OnnxSessionOptions): Promise<OnnxSession> {
  try {
    return await ort.InferenceSession.create(bytes, options);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split("\n")[0];
    throw new Error(`ONNX Runtime cannot load the file as a graph: ${why}`, { cause: error });
  }
}

/** @throws Error naming the graph's inputs that no feature of the spec provides, or provides in another length. */
export function checkGraph(spec: ModelSpec, graph: Graph): void {
  const problems: string[] = [];
  for (const name of graph.inputs) {
    const [namespace, feature] = split(name) as [InputNamespace, string];
    const operators: Record<string, CallOperator | SessionOperator | StoredOperator> = spec.features[namespace];
    const operator = Object.hasOwn(operators, feature) ? operators[feature]! : undefined;
    const size = graph.inputSize(name)!;
    if (!operator) problems.push(`input ${name} is no feature of the spec`);
    else if (valueSize(operator) !== size)
      problems.push(`input ${name} has length ${size}, the feature has ${valueSize(operator)}`);
  }
  if (problems.length > 0) throw new Error(`the graph does not fit model ${spec.name}: ${problems.join("; ")}`);
}

const valueSize = (operator: CallOperator | SessionOperator | StoredOperator): number =>
  operator.op === "vector" || operator.op === "decayedMean" ? operator.size : 1;

function readInputs(session: OnnxSession): Input[] {
  return session.inputMetadata.map(({ name, type, shape }) => {
    const parts = split(name);
    if (!parts) throw new Error(`graph input ${name} must be named session.*, context.*, profile.* or action.*`);
    const size = shape?.length === 2 ? shape[1] : undefined;
    if (type !== "float32" || typeof size !== "number" || !(size >= 1))
      throw new Error(
        `graph input ${name} is ${type} of shape [${shape?.join(", ")}], and must be float32 of shape [rows, D] with a fixed D`,
      );
    const rows = shape![0];
    if (parts[0] === "action" ? typeof rows === "number" : typeof rows === "number" && rows !== 1)
      throw new Error(
        `graph input ${name} has a fixed number of rows (${rows}), and must take ${parts[0] === "action" ? "any number of actions: export the graph with a free first dimension" : "one row"}`,
      );
    return { name, namespace: parts[0], feature: parts[1], size };
  });
}

function split(name: string): [InputNamespace, string] | null {
  const match = /^(session|context|profile|action)\.(.+)$/.exec(name);
  return match && [match[1] as InputNamespace, match[2]!];
}

/** Writes a value as `size` numbers; what is not numbers, or of another length, stays zeros. */
function fill(data: Float32Array, start: number, size: number, value: FeatureValue | undefined): void {
  if (size === 1 && (typeof value === "number" || typeof value === "boolean")) data[start] = Number(value);
  else if (Array.isArray(value) && value.length === size)
    value.forEach((x, i) => {
      if (typeof x === "number") data[start + i] = x;
    });
}

function numbers(name: string, { data }: OnnxTensor, count: number): number[] {
  if (!ArrayBuffer.isView(data) || !("length" in data) || data.length !== count)
    throw new Error(`graph output ${name} does not have one value for each of the ${count} actions`);
  return Array.from(data as unknown as ArrayLike<number | bigint>, (x) => {
    const value = Number(x);
    return Number.isFinite(value) ? value : 0;
  });
}
