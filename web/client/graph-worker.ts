import { serveGraphs } from "./graph-sessions.ts";

/** ONNX Runtime Web's WASM build, in a worker of its own. */
serveGraphs(() => import("onnxruntime-web/wasm"));
