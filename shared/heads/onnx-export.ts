import { onnxModel } from "../artifact/onnx-proto.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { headKind } from "./heads.ts";

/**
 * A snapshot as a plain ONNX file that any ONNX runtime scores.
 *
 * Inputs: `indices` int64 [N, F] and `values` float32 [N, F], the hashed features of N actions, each filled up with value 0.
 * Outputs: `score` float32 [N]; with the logistic link also `value`, the probability.
 * Metadata: `edgewise.model` (`home-hero@1.12`), `edgewise.spec` (JSON), `edgewise.hashing` (how indices come about),
 * `edgewise.bits`, `edgewise.examples`.
 * @throws Error for the snapshot of a factorised learner: which features actions have in common is not among the inputs.
 */
export function exportHead(snapshot: SnapshotData, specJson: string): Uint8Array {
  const { model, version, number, bits, link, examples, weights } = snapshot;
  const kind = headKind(snapshot.beside?.tag);
  if (kind.scoresByWeights === false)
    throw new Error(`${model} has ${kind.text(snapshot.beside?.number ?? 0)}, which have no ONNX form yet`);
  const rows = { type: "float32", shape: ["N"] } as const;
  const score = { name: "score", ...rows };
  const value = { name: "value", ...rows };
  const logistic = link === "logistic";
  return onnxModel({
    name: model,
    inputs: [
      { name: "indices", type: "int64", shape: ["N", "F"] },
      { name: "values", type: "float32", shape: ["N", "F"] },
    ],
    outputs: logistic ? [score, value] : [score],
    initializers: [
      { name: "weights", dims: [2 ** bits], data: weights },
      { name: "features", dims: [1], data: new BigInt64Array([1n]) },
    ],
    nodes: [
      { op: "Gather", inputs: ["weights", "indices"], outputs: ["gathered"] },
      { op: "Mul", inputs: ["gathered", "values"], outputs: ["products"] },
      { op: "ReduceSum", inputs: ["products", "features"], outputs: ["score"], attributes: { keepdims: { int: 0 } } },
      ...(logistic ? [{ op: "Sigmoid", inputs: ["score"], outputs: ["value"] }] : []),
    ],
    metadata: {
      "edgewise.model": `${model}@${version}.${number}`,
      "edgewise.spec": specJson,
      "edgewise.hashing": HASHING,
      "edgewise.bits": String(bits),
      "edgewise.examples": String(examples),
    },
  });
}

const HASHING =
  "Vowpal Wabbit's: MurmurHash3_x86_32 seeded with the namespace's hash (digits only: value + seed), category = " +
  "hash(category, hash(feature, hash(namespace))), interaction = 16777619 * a xor b, constant 11650396, masked to `bits` bits";
