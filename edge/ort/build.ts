import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/**
 * Makes a copy of ONNX Runtime Web that runs in workerd, in edge/ort/generated/.
 *
 * workerd refuses to compile WebAssembly from bytes and the runtime has no hook for a ready module. So the copy gets a
 * `WebAssembly` of its own, in module scope, that ignores the bytes and instantiates the statically imported module;
 * no global is touched. The licence banner of the original stays where it is.
 */
const runtime = new URL("../../node_modules/onnxruntime-web/dist/", import.meta.url);
const generated = new URL("./generated/", import.meta.url);

const bundle = await readFile(new URL("ort.wasm.bundle.min.mjs", runtime), "utf8");
const calls = bundle.split("WebAssembly.instantiate(").length - 1;
if (calls !== 1)
  throw new Error(
    `onnxruntime-web's bundle calls WebAssembly.instantiate( ${calls} times, not once: it is built differently now, so edge/ort/build.ts must be looked at again`,
  );

const prelude = `import ortModule from "./ort.wasm";
const WebAssembly = Object.create(globalThis.WebAssembly, {
  instantiate: {
    value: async (_bytes, imports) => ({
      module: ortModule,
      instance: await globalThis.WebAssembly.instantiate(ortModule, imports),
    }),
  },
});
`;

await mkdir(generated, { recursive: true });
await Promise.all([
  writeFile(new URL("ort.workerd.mjs", generated), prelude + bundle.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n")),
  writeFile(new URL("ort.workerd.d.mts", generated), 'export * from "onnxruntime-web/wasm";\n'),
  copyFile(new URL("ort-wasm-simd-threaded.wasm", runtime), new URL("ort.wasm", generated)),
]);
console.log(`ONNX Runtime for workerd: ${fileURLToPath(generated)}`);
