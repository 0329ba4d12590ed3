import own from "../../package.json" with { type: "json" };
import type { entries } from "./bundles.ts";

const entry = (name: keyof typeof entries) => ({ types: `./${name}.d.ts`, default: `./${name}.js` });

/** The package's package.json. */
export const manifest = {
  name: own.name,
  version: own.version,
  description: own.description,
  keywords: ["contextual bandit", "personalization", "onnx", "edge", "online learning", "reinforcement learning"],
  license: own.license,
  type: "module",
  // What a page imports; the command says itself which Node it needs.
  engines: { node: ">=20" },
  sideEffects: ["./graph-worker.js"],
  exports: {
    ".": entry("index"),
    "./graph": entry("graph"),
    "./define": entry("define"),
    "./package.json": "./package.json",
  },
  bin: { edgewise: "cli/start.js" },
  peerDependencies: { "onnxruntime-web": `^${own.dependencies["onnxruntime-web"]}` },
  peerDependenciesMeta: { "onnxruntime-web": { optional: true } },
  publishConfig: { access: "public", provenance: true },
};
