import { setTimeout } from "node:timers/promises";
import { parseDuration } from "../../shared/contract/duration.ts";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";
import { retryingFetch } from "../retrying-fetch.ts";
import { type CurrentVersion, currentVersion, isNow, isToBe, type ListedVersion } from "./model-versions.ts";
import type { StageOption } from "./stage.ts";
import { label, named, problemText, versionText } from "./version-text.ts";

/** How often it is asked, ms. */
const INTERVAL = 500;

/** How long it is waited when nobody says. */
const DEFAULT_TIMEOUT = "10m";

export const WAIT_HELP = `--wait         end when the version is what was asked for
  --timeout T    wait no longer than T, such as 30s or 1h (${DEFAULT_TIMEOUT}): then end with exit status 1, and say what is missing`;

export const waitOptions = { wait: { type: "boolean", default: false }, timeout: { type: "string" } } as const;

/** How long to wait, ms; null: not at all. @throws UsageError when --timeout is no time, or for nothing. */
export function readWait({ wait, timeout }: { wait: boolean; timeout?: string | undefined }): number | null {
  if (timeout !== undefined && !wait) throw new UsageError("--timeout is for --wait.");
  if (!wait) return null;
  try {
    return parseDuration(timeout ?? DEFAULT_TIMEOUT);
  } catch (error) {
    throw new UsageError(`--timeout: ${(error as Error).message}.`);
  }
}

/**
 * Waits until a version has become what it was asked to be. Meanwhile the edge may be started again.
 * @param timeout ms. @param say tells what goes wrong, and may mend.
 * @throws UsageError when something else was asked for meanwhile, or the time is over, with the reason.
 */
export async function whenSettled(
  edge: EdgeCalls,
  { model, version }: { model: string; version: number },
  asked: StageOption,
  timeout: number,
  say: (message: string) => void,
): Promise<CurrentVersion> {
  const deadline = performance.now() + timeout;
  const left = () => Math.max(0, deadline - performance.now());
  const signal = new AbortController().signal;
  const onRetry = (reason: string, attempts: number) => {
    if (attempts === 1) say(`The server does not answer (${reason}); trying again ...`);
  };
  let told: string | null = null;
  for (;;) {
    const patient = edge.by(retryingFetch({ patience: left(), signal, onRetry }));
    const current = await currentVersion(patient, model, version);
    const { now, served } = current;
    if (isNow(now, asked)) return current;
    if (!isToBe(now, asked))
      throw new UsageError(
        `${label(now)} is no longer to be ${named(asked)}: something else was asked for meanwhile. ${versionText(now, served)}`,
      );
    if (now.problem !== null && now.problem !== told) for (const line of problemText(now)) say(line);
    told = now.problem;
    if (left() === 0)
      throw new UsageError(
        `${label(now)} is not ${named(asked)} after ${timeout / 1000} seconds: ${missing(now)}. It goes on, and becomes so when it can.`,
      );
    await setTimeout(Math.min(INTERVAL, left()));
  }
}

/** What a version lacks to become what it waits for. */
function missing({ problem, ready, training }: ListedVersion): string {
  if (problem !== null) return `its trainer could not be told of its stage: ${problem}`;
  if (!ready) return "its trainer has not begun";
  if (training === null) return "its trainer does not say how far it is";
  return training.lag > 0
    ? `it has ${training.lag} rows of the log still to read`
    : "it has read the log, and has not published that yet";
}
