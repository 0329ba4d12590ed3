import { type OnnxNode, onnxModel } from "../../shared/artifact/onnx-proto.ts";
import { tasteAxes } from "./films.ts";

const size = tasteAxes.length;

/**
 * The graph of home-hero, as an ONNX file. From the session's taste and what it saw just now ([1, 8] each) and the
 * content of A films ([A, 8]) it makes, for each film:
 *
 * - `similarity`: the cosine of content and taste, from -1 to 1; 0 while there is no taste.
 * - `novelty`: 1 minus the cosine of content and what was just seen, where that is above 0; so 1 is like nothing just
 *   seen (or nothing was), 0 the same again.
 */
export const homeHeroGraph = (): Uint8Array =>
  onnxModel({
    name: "home-hero",
    inputs: [
      { name: "session.taste", type: "float32", shape: [1, size] },
      { name: "session.recent", type: "float32", shape: [1, size] },
      { name: "action.content", type: "float32", shape: ["A", size] },
    ],
    outputs: [
      { name: "similarity", type: "float32", shape: ["A"] },
      { name: "novelty", type: "float32", shape: ["A"] },
    ],
    initializers: [
      { name: "axis", dims: [1], data: new BigInt64Array([1n]) },
      { name: "one", dims: [1], data: new Float32Array([1]) },
      { name: "shortest", dims: [1], data: new Float32Array([1e-6]) },
    ],
    nodes: [
      length("action.content", "contentLength"),
      ...cosine("session.taste", "similarity"),
      ...cosine("session.recent", "repetition"),
      { op: "Relu", inputs: ["repetition"], outputs: ["seen"] },
      { op: "Sub", inputs: ["one", "seen"], outputs: ["novelty"] },
    ],
  });

/** Cosine of each film's content and `vector`; dividing by at least 1e-6 makes it 0 where a vector is zero. */
const cosine = (vector: string, output: string): OnnxNode[] => [
  { op: "Mul", inputs: ["action.content", vector], outputs: [`${output}.products`] },
  {
    op: "ReduceSum",
    inputs: [`${output}.products`, "axis"],
    outputs: [`${output}.dot`],
    attributes: { keepdims: { int: 0 } },
  },
  length(vector, `${output}.length`),
  { op: "Mul", inputs: ["contentLength", `${output}.length`], outputs: [`${output}.lengths`] },
  { op: "Max", inputs: [`${output}.lengths`, "shortest"], outputs: [`${output}.divisor`] },
  { op: "Div", inputs: [`${output}.dot`, `${output}.divisor`], outputs: [output] },
];

function length(input: string, output: string): OnnxNode {
  return {
    op: "ReduceL2",
    inputs: [input],
    outputs: [output],
    attributes: { axes: { ints: [1] }, keepdims: { int: 0 } },
  };
}
