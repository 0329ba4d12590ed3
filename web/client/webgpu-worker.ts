import { serveGraphs } from "./graph-sessions.ts";

/**
 * ONNX Runtime Web with WebGPU, in a worker of its own. Of its builds the one for browsers that can suspend WebAssembly (JSPI): the others are larger
 * than what Cloudflare serves as an asset.
 */
serveGraphs(() => import("onnxruntime-web/jspi"));
