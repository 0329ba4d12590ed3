import { UsageError } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { retryingFetch } from "../retrying-fetch.ts";

/** How long a request is repeated before the command gives up, ms: an edge that is started again has to be back by then. */
const PATIENCE = 30_000;

/**
 * The edge whose log is asked for: a running one, or one that is started on a stopped server's state while `use` runs.
 * @param say tells that it does not answer.
 * @throws UsageError when both are given, there is none, or it cannot be started.
 */
export async function withEdge<T>(
  { url, stateDir }: { url: string | undefined; stateDir: string | undefined },
  say: (message: string) => void,
  use: (edge: EdgeCalls) => Promise<T>,
): Promise<T> {
  if (stateDir === undefined) return use(await patient(new EdgeCalls(url), say));
  if (url !== undefined)
    throw new UsageError(
      "--url is a server that runs, and --state-dir the state of one that does not: give one of them.",
    );
  // Loaded only here: it takes workerd along.
  const { serveState } = await import("./serve-state.ts");
  const server = await serveState(stateDir);
  try {
    return await use(new EdgeCalls(server.url, fetch, stateDir, server.key));
  } finally {
    await server.stop();
  }
}

/** Repeats requests that fail, once the edge is known to be there. */
async function patient(edge: EdgeCalls, say: (message: string) => void): Promise<EdgeCalls> {
  await edge.get("/v1/directory");
  const onRetry = (reason: string, attempts: number) => {
    if (attempts === 1) say(`The server does not answer (${reason}); trying again ...`);
  };
  return edge.by(retryingFetch({ patience: PATIENCE, signal: new AbortController().signal, onRetry }));
}
