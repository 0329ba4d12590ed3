import own from "../../package.json" with { type: "json" };
import { entries, peerRanges, tools } from "./bundles.ts";

const entry = (name: keyof typeof entries) => ({ types: `./${name}.d.ts`, default: `./${name}.js` });

const names = Object.keys(entries) as (keyof typeof entries)[];

const peerDependencies = { ...peerRanges, ...tools };

/** The package's package.json. */
export const manifest = {
  name: own.name,
  version: own.version,
  description: own.description,
  keywords: ["contextual bandit", "personalization", "onnx", "edge", "online learning", "reinforcement learning"],
  license: own.license,
  // npm gives no provenance to a package that does not say where its source is: CONTRIBUTING.md, Publishing.
  ...("repository" in own && { repository: own.repository }),
  type: "module",
  // What a page imports; the command says itself which Node it needs.
  engines: { node: ">=20" },
  sideEffects: ["./graph-worker.js", "./webgpu-worker.js", "./operators.js", "./scorers.js"],
  exports: {
    // Bundlers that build for development take the client that warns of names.
    ".": { types: "./index.d.ts", development: "./development.js", default: "./index.js" },
    ...Object.fromEntries(names.filter((name) => name !== "index").map((name) => [`./${name}`, entry(name)])),
    "./worker": { types: "./worker/worker.d.ts", default: "./worker/worker.js" },
    "./package.json": "./package.json",
  },
  bin: { edgewise: "cli/start.js" },
  peerDependencies,
  peerDependenciesMeta: Object.fromEntries(Object.keys(peerDependencies).map((name) => [name, { optional: true }])),
  publishConfig: { access: "public", provenance: true },
};
