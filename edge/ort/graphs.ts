import type { ModelSpec } from "../../shared/contract/spec.ts";
import { checkGraph, Graph } from "../../shared/heads/graph.ts";
import type { Background } from "../intake/model-cache.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import type { Deployment } from "../registry/deployments.ts";

/** How often a graph's failure is logged at most, ms: it may fail in every request. */
const LOG_INTERVAL = 60_000;

type Warming = { graph: Graph | null };
const warming = new WeakMap<Deployment, Warming>();

/**
 * The graph of a model when ONNX Runtime is ready for it, else null. The first call starts it in the background: 14 MB
 * of WebAssembly take half a second, in which decisions are made without it. Requests never await each other's promises.
 */
export function readyGraph(deployment: Deployment, background: Background): Graph | null {
  if (!deployment.graph) return null;
  const known = warming.get(deployment);
  if (known) return known.graph;
  const started: Warming = { graph: null };
  warming.set(deployment, started);
  background.waitUntil(
    loadGraph(deployment).then(
      (graph) => {
        started.graph = graph;
      },
      (error) => {
        // The head goes on without it. Another try would fail alike: bytes and runtime were deployed together.
        writeOutput("error", "graph could not be loaded", { model: deployment.spec.name, ...errorFields(error) });
      },
    ),
  );
  return null;
}

const loggedAt = new WeakMap<ModelSpec, number>();

/** Notes that a model's graph failed in a decision, which goes on without it. */
export function graphFailed(spec: ModelSpec, error: unknown): void {
  const now = Date.now();
  if (now - (loggedAt.get(spec) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL) return;
  loggedAt.set(spec, now);
  writeOutput("error", "graph failed: decisions are made without it", { model: spec.name, ...errorFields(error) });
}

/** Imported only when a model has a graph: a deployment without one never starts ONNX Runtime. */
async function loadGraph({ spec, graph }: Deployment): Promise<Graph> {
  const { ort } = await import("./runtime.ts");
  const loaded = await Graph.load(ort, graph!);
  checkGraph(spec, loaded);
  return loaded;
}
