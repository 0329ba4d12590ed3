import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort } from "../../scripts/free-port.ts";
import { guardAgainstOrphans } from "../../scripts/orphan-guard.ts";
import { startServer } from "../../scripts/server.ts";
import { lockState } from "../../scripts/state-lock.ts";
import { UsageError } from "../command.ts";

const HOST = "127.0.0.1";

/**
 * Starts a server on the state of one that was stopped, for this machine alone, until `stop`.
 * @param stateDir the STATE_DIR of the stopped server.
 * @returns `key`: what to call it with.
 * @throws UsageError when there is no such state, or a server has it.
 */
export async function serveState(stateDir: string): Promise<{ url: string; key: string; stop(): Promise<void> }> {
  // What every server leaves there; without it a new state would be made.
  if (!existsSync(join(stateDir, "server.sqlite")))
    throw new UsageError(
      existsSync(stateDir)
        ? `${stateDir} is no state directory of a server.`
        : `There is no directory ${stateDir}: --state-dir is the STATE_DIR of a server, or .state in its checkout.`,
    );
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const dist = resolve(import.meta.dirname, "../..", process.env.DIST || "dist");
  try {
    lockState(stateDir, url);
    guardAgainstOrphans();
    // Who has the state's files needs none of its keys.
    const key = randomBytes(32).toString("hex");
    const server = await startServer({
      host: HOST,
      port,
      stateDir: resolve(stateDir),
      dist,
      bindings: { ROOT_KEY: key },
    });
    return { url, key, stop: () => server.dispose() };
  } catch (error) {
    throw new UsageError(`No server can be started on ${stateDir}: ${(error as Error).message}`);
  }
}
