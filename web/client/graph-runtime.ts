import { version } from "../../package.json";
import type { OnnxRuntime, OnnxSession, OnnxSessionOptions, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import type { GraphWorkerApi } from "./graph-messages.ts";
import { type Calls, callsTo } from "./worker-calls.ts";

/** A build of ONNX Runtime Web, as a page gets it. */
export type RuntimeBuild = {
  /** Starts the worker that the page's bundler made. Each build has it in a line of its own, where bundlers look for it. */
  own(): Worker;
  /** The worker's script and the runtime's binary, as an edge serves them. */
  script: string;
  binary: string;
  provider: "wasm" | "webgpu";
};

/** A session that tells how long its runs took, ms: without the way to the worker and back, and what else the page had to do. */
export type TimedSession = OnnxSession & {
  runTimed(feeds: Record<string, OnnxTensor>): Promise<{ outputs: Record<string, OnnxTensor>; took: number }>;
};

/** A runtime that can be ended, with all its sessions. */
export type GraphRuntime = Pick<OnnxRuntime, "Tensor"> & {
  create(model: Uint8Array, options?: OnnxSessionOptions): Promise<TimedSession>;
  end(): void;
};

/** What cannot start here whenever it is tried: by what the page's policy says, not by what the network does. */
export class NeverStarts extends Error {
  readonly isFinal = true;
}

/**
 * Starts ONNX Runtime in a worker: in the one that the page's bundler made, or, where it made none (esbuild, Rollup), where a page's scripts come from another
 * origin, from which no worker may start, or where the bundler has lost the runtime's binary, in the edge's.
 *
 * @param endpoint of an edge of this release. @param broke hears that the worker ended, or did not start.
 * @throws NeverStarts (as a rejection) when it cannot start in this page; Error when it does not start now.
 */
export async function startRuntime(endpoint: string, build: RuntimeBuild, broke: () => void): Promise<GraphRuntime> {
  try {
    return await started(build.own(), null, build, broke);
  } catch (error) {
    if (error instanceof NeverStarts) throw error;
    try {
      const folder = `${endpoint}/sdk/${version}`;
      return await started(edgeWorker(`${folder}/${build.script}`), `${folder}/${build.binary}`, build, broke);
    } catch (other) {
      if (other instanceof NeverStarts) throw other;
      throw new Error(`${messageOf(error)}; nor did the edge's: ${messageOf(other)}`);
    }
  }
}

/** A worker of the edge's, through a blob of the page's own: from another origin none may start. */
function edgeWorker(url: string): Worker {
  const script = new URL(url);
  if (script.origin === location.origin) return new Worker(trusted(script.href), { type: "module" });
  const blob = new Blob([`import ${JSON.stringify(script.href)};`], { type: "text/javascript" });
  const own = URL.createObjectURL(blob);
  try {
    return new Worker(trusted(own), { type: "module" });
  } finally {
    // The worker has begun to fetch it by then, or it has failed.
    setTimeout(() => URL.revokeObjectURL(own), 10_000);
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

/** @throws NeverStarts, Error: as `startRuntime`. */
async function started(
  worker: Worker,
  wasm: string | null,
  { provider }: RuntimeBuild,
  broke: () => void,
): Promise<GraphRuntime> {
  const call = callsTo<GraphWorkerApi>(worker);
  // A script that does not load answers nothing: only this tells. Once it has started, what fails belongs to the call that it failed in, which rejects.
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", ({ message }) => {
      broke();
      const why = message || "its script could not be loaded";
      reject(new Error(`the worker of the graphs did not start or broke: ${why}`));
    });
  });
  broken.catch(() => {});
  try {
    const never = await Promise.race([call("start", wasm), broken]);
    if (never !== null) throw new NeverStarts(never);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    Tensor: PlainTensor as OnnxRuntime["Tensor"],
    create: (model, options) => sessionOf(call, broken, model, options?.executionProviders ?? [provider]),
    end: () => worker.terminate(),
  };
}

async function sessionOf(
  call: Calls<GraphWorkerApi>,
  broken: Promise<never>,
  model: Uint8Array,
  providers: readonly string[],
): Promise<TimedSession> {
  const { id, ...described } = await Promise.race([call("create", model, providers), broken]);
  const runTimed: TimedSession["runTimed"] = (feeds) => Promise.race([call("run", id, feeds), broken]);
  const run = async (feeds: Record<string, OnnxTensor>) => (await runTimed(feeds)).outputs;
  return { ...described, run, runTimed, release: () => call("release", id) };
}

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
