import { hc } from "hono/client";
import type { AppType } from "../edge/http/api/app-type.ts";
import type { Manifest } from "../shared/contract/manifest.ts";
import { UsageError } from "./command.ts";
import { EdgeCalls, keyHeader } from "./edge-calls.ts";
import { callersKey } from "./key-option.ts";
import { refusal } from "./refusal.ts";
import { type RetryOptions, retryingFetch } from "./retrying-fetch.ts";

/** How long a request is repeated before the command gives up, ms: a server that was killed has to come back by then. */
const PATIENCE = 120_000;

/** A typed client of the API that repeats requests; every one of the API's may be repeated, because it has an id. */
const connect = (url: string, retry: RetryOptions) =>
  hc<AppType>(url, { fetch: retryingFetch(retry), headers: keyHeader(callersKey()) });
export type Connection = ReturnType<typeof connect>;

/**
 * Connects until Ctrl-C, which aborts `stop` and makes the exit status 130.
 * @param say Tells that the server does not answer.
 */
export function connectUntilInterrupted(
  url: string,
  say: (message: string) => void,
): { connection: Connection; stop: AbortController } {
  const stop = new AbortController();
  process.once("SIGINT", () => {
    process.exitCode = 130;
    stop.abort();
  });
  const connection = connect(url, {
    patience: PATIENCE,
    signal: stop.signal,
    onRetry: (reason, attempts) => {
      if (attempts === 1) say(`The server does not answer (${reason}); trying again ...`);
    },
  });
  return { connection, stop };
}

/** @throws UsageError when the URL is not one, no server is there, or it does not have the model or has it for another task. */
export async function requireModel(url: string, model: string, task: "rank" | "predict"): Promise<Manifest> {
  type Unread = { model: string; problem: string };
  const { models, unread = [] } = await new EdgeCalls(url).get<{ models: Manifest[]; unread?: Unread[] }>("/v1/models");
  const manifest = models.find((m) => m.model === model);
  const problem = unread.find((one) => one.model === model)?.problem;
  if (problem !== undefined) throw new UsageError(`The model ${model} ${problem}.`);
  if (manifest === undefined)
    throw new UsageError(
      `The server at ${url} has no model ${JSON.stringify(model)}. It has: ${models.map((m) => m.model).join(", ")}.`,
    );
  if (manifest.spec.task.type !== task)
    throw new UsageError(`The model ${model} is for ${manifest.spec.task.type} and not for ${task}.`);
  return manifest;
}

/** Makes sure of an answer's status. @throws UsageError with the problem document's words. */
export async function expectStatus(response: Pick<Response, "status" | "text" | "url">, status: number): Promise<void> {
  if (response.status !== status)
    throw new UsageError(`${response.url} was refused: ${refusal(await response.text(), String(response.status))}`);
}
