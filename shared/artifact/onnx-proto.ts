import protobuf from "protobufjs/minimal.js";

/** Writes ONNX files: the part of onnx.proto (IR version 8, https://onnx.ai) that plain tensor graphs need. */

/** A dimension that is not fixed has a name, such as `N`. */
export type OnnxValue = { name: string; type: keyof typeof ELEMENT_TYPES; shape: readonly (number | string)[] };
/** A constant tensor; its element type is that of `data`. */
type OnnxInitializer = {
  name: string;
  dims: readonly number[];
  data: Float32Array | BigInt64Array | Int32Array;
};
type OnnxAttribute =
  | { int: number }
  | { float: number }
  | { string: string }
  | { ints: readonly number[] }
  | { floats: readonly number[] };
export type OnnxNode = {
  /** Operator of the standard domain: `MatMul`. */
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Record<string, OnnxAttribute>;
};
export type OnnxGraph = {
  name: string;
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  initializers?: readonly OnnxInitializer[];
  nodes: readonly OnnxNode[];
  /** Free text by key, for whoever loads the file. */
  metadata?: Record<string, string>;
};

/** These are old enough for any runtime of the last years, and have every operator we write. */
const IR_VERSION = 8;
const OPSET = 17;

const ELEMENT_TYPES = { float32: 1, int32: 6, int64: 7 } as const;
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

type Writer = InstanceType<typeof protobuf.Writer>;

/**
 * An ONNX file.
 * @example
 * onnxModel({ name: "double", inputs: [{ name: "x", type: "float32", shape: ["N", 3] }],
 *   outputs: [{ name: "y", type: "float32", shape: ["N", 3] }],
 *   initializers: [{ name: "two", dims: [], data: new Float32Array([2]) }],
 *   nodes: [{ op: "Mul", inputs: ["x", "two"], outputs: ["y"] }] })
 * @throws Error when an initializer has another number of values than its dimensions say.
 */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  const writer = new protobuf.Writer();
  writer.uint32(tag(1, VARINT)).int64(IR_VERSION);
  string(writer, 2, "edgewise");
  message(writer, 7, (w) => writeGraph(w, graph));
  message(writer, 8, (w) => {
    string(w, 1, "");
    w.uint32(tag(2, VARINT)).int64(OPSET);
  });
  for (const [key, value] of Object.entries(graph.metadata ?? {}))
    message(writer, 14, (w) => {
      string(w, 1, key);
      string(w, 2, value);
    });
  return writer.finish();
}

function writeGraph(writer: Writer, { name, inputs, outputs, initializers = [], nodes }: OnnxGraph): void {
  for (const node of nodes) message(writer, 1, (w) => writeNode(w, node));
  string(writer, 2, name);
  for (const tensor of initializers) message(writer, 5, (w) => writeTensor(w, tensor));
  for (const value of inputs) message(writer, 11, (w) => writeValue(w, value));
  for (const value of outputs) message(writer, 12, (w) => writeValue(w, value));
}

function writeNode(writer: Writer, { op, inputs, outputs, attributes = {} }: OnnxNode): void {
  for (const name of inputs) string(writer, 1, name);
  for (const name of outputs) string(writer, 2, name);
  string(writer, 4, op);
  for (const [name, attribute] of Object.entries(attributes))
    message(writer, 5, (w) => {
      string(w, 1, name);
      writeAttribute(w, attribute);
    });
}

function writeAttribute(writer: Writer, attribute: OnnxAttribute): void {
  const type = (name: keyof typeof ATTRIBUTE_TYPES) => writer.uint32(tag(20, VARINT)).int32(ATTRIBUTE_TYPES[name]);
  if ("float" in attribute) {
    writer.uint32(tag(2, FIXED32)).float(attribute.float);
    type("float");
  } else if ("int" in attribute) {
    writer.uint32(tag(3, VARINT)).int64(attribute.int);
    type("int");
  } else if ("string" in attribute) {
    string(writer, 4, attribute.string);
    type("string");
  } else if ("floats" in attribute) {
    for (const value of attribute.floats) writer.uint32(tag(7, FIXED32)).float(value);
    type("floats");
  } else {
    for (const value of attribute.ints) writer.uint32(tag(8, VARINT)).int64(value);
    type("ints");
  }
}

function writeTensor(writer: Writer, { name, dims, data }: OnnxInitializer): void {
  const size = dims.reduce((a, b) => a * b, 1);
  if (size !== data.length) throw new Error(`initializer ${name} of [${dims}] has ${data.length} values, not ${size}`);
  const type = data instanceof Float32Array ? "float32" : data instanceof BigInt64Array ? "int64" : "int32";
  for (const dim of dims) writer.uint32(tag(1, VARINT)).int64(dim);
  writer.uint32(tag(2, VARINT)).int32(ELEMENT_TYPES[type]);
  string(writer, 8, name);
  // ONNX wants little-endian bytes, which is what every engine that runs WebAssembly has.
  writer.uint32(tag(9, LENGTH)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue(writer: Writer, { name, type, shape }: OnnxValue): void {
  string(writer, 1, name);
  message(writer, 2, (valueType) =>
    message(valueType, 1, (tensor) => {
      tensor.uint32(tag(1, VARINT)).int32(ELEMENT_TYPES[type]);
      message(tensor, 2, (dims) => {
        for (const dim of shape)
          message(dims, 1, (w) => {
            if (typeof dim === "number") w.uint32(tag(1, VARINT)).int64(dim);
            else string(w, 2, dim);
          });
      });
    }),
  );
}

/** Wire types of protobuf. */
const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

function string(writer: Writer, field: number, text: string): void {
  writer.uint32(tag(field, LENGTH)).string(text);
}

function message(writer: Writer, field: number, write: (writer: Writer) => void): void {
  writer.uint32(tag(field, LENGTH)).fork();
  write(writer);
  writer.ldelim();
}
