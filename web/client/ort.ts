import { type Remote, wrap } from "comlink";
import { version } from "../../package.json";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import type { GraphWorkerApi } from "./graph-messages.ts";

/** What cannot start here whenever it is tried: by what the page's policy says, not by what the network does. */
class NeverStarts extends Error {
  readonly isFinal = true;
}

let loading: Promise<OnnxRuntime> | undefined;

/**
 * ONNX Runtime Web's WASM build, in a worker. It is 14 MB, so it is loaded when the first model with a graph asks for it; until then its code is no
 * part of the page. All clients of a page share one.
 *
 * The worker is the one that the page's bundler made. Where it made none (esbuild, Rollup), where a page's scripts come from another origin, from which no
 * worker may start, or where the bundler has lost the runtime's binary, it is the edge's.
 *
 * @param endpoint of an edge of this release.
 * @throws NeverStarts (as a rejection) when it cannot start in this page; Error when it does not start now.
 */
export function loadOrt(endpoint: string): Promise<OnnxRuntime> {
  loading ??= start(endpoint).catch((error) => {
    if (!(error instanceof NeverStarts)) loading = undefined;
    throw error;
  });
  return loading;
}

async function start(endpoint: string): Promise<OnnxRuntime> {
  try {
    return await started(new Worker(new URL("./graph-worker.ts", import.meta.url), { type: "module" }), null);
  } catch (error) {
    if (error instanceof NeverStarts) throw error;
    try {
      return await started(edgeWorker(endpoint), `${endpoint}/sdk/${version}/ort-wasm-simd-threaded.wasm`);
    } catch (other) {
      if (other instanceof NeverStarts) throw other;
      throw new Error(`${messageOf(error)}; nor did the edge's: ${messageOf(other)}`);
    }
  }
}

/** A worker of the edge's, through a blob of the page's own: from another origin none may start. */
function edgeWorker(endpoint: string): Worker {
  const script = new URL(`${endpoint}/sdk/${version}/graph-worker.js`);
  if (script.origin === location.origin) return new Worker(trusted(script.href), { type: "module" });
  const blob = new Blob([`import ${JSON.stringify(script.href)};`], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  try {
    return new Worker(trusted(url), { type: "module" });
  } finally {
    // The worker has begun to fetch it by then, or it has failed.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

type ScriptUrls = { createScriptURL(url: string): string };
let policy: ScriptUrls | undefined;

/** A page may ask for URLs of scripts that a policy has made, `edgewise` (https://www.w3.org/TR/trusted-types/). */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: ScriptUrls): ScriptUrls };
  };
  policy ??= trustedTypes?.createPolicy("edgewise", { createScriptURL: (given) => given });
  return policy ? policy.createScriptURL(url) : url;
}

/** @throws NeverStarts, Error: as `loadOrt`. */
async function started(worker: Worker, wasm: string | null): Promise<OnnxRuntime> {
  const remote = wrap<GraphWorkerApi>(worker);
  // A script that does not load answers nothing: only this tells. Once it has started, what fails belongs to the call that it failed in, which rejects.
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", ({ message }) => {
      loading = undefined;
      const why = message || "its script could not be loaded";
      reject(new Error(`the worker of the graphs did not start or broke: ${why}`));
    });
  });
  broken.catch(() => {});
  try {
    const never = await Promise.race([remote.start(wasm), broken]);
    if (never !== null) throw new NeverStarts(never);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return runtimeOf(remote, broken);
}

const runtimeOf = (remote: Remote<GraphWorkerApi>, broken: Promise<never>) =>
  ({
    InferenceSession: {
      async create(model, { executionProviders } = {}) {
        const { id, ...described } = await Promise.race([remote.create(model, executionProviders), broken]);
        return { ...described, run: (feeds) => remote.run(id, feeds), release: () => remote.release(id) };
      },
    },
    Tensor: PlainTensor,
  }) as OnnxRuntime;

/** Has nothing but what the worker is sent of it. */
class PlainTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];

  constructor(type: string, data: unknown, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
