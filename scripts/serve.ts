import { randomBytes } from "node:crypto";
import { constants, cpSync, existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { keyHeader } from "../cli/edge-calls.ts";
import { MIN_ROOT_KEY } from "../edge/intake/limits.ts";
import { deployDemo } from "./deploy-demo.ts";
import { freePort, requireFreePort } from "./free-port.ts";
import { type Front, startFront } from "./front/front.ts";
import { beat } from "./heartbeats.ts";
import { guardAgainstOrphans } from "./orphan-guard.ts";
import { onParentsGone } from "./parents.ts";
import { startServer } from "./server.ts";
import { lockState } from "./state-lock.ts";
import { watchWorkerd } from "./workerd-watch.ts";

/**
 * `npm start`: serves the build on this machine. Environment: `PORT` (8787), `HOST` (127.0.0.1), `STATE_DIR` (.state), `DIST` (dist), `PARTITIONS`,
 * `PARTITION_MEGABYTES` and `RETENTION_DAYS` (what wrangler.toml says), `INSPECTOR_PORT`, where V8's inspector listens on this machine (none), and `ROOT_KEY`, a key that may do
 * everything. Where others can reach the server, every call needs a key from the beginning.
 */

const root = resolve(import.meta.dirname, "..");
const dist = resolve(root, process.env.DIST || "dist");
const stateDir = resolve(root, process.env.STATE_DIR || ".state");
const host = process.env.HOST || "127.0.0.1";
const port = Number(process.env.PORT || 8787);
const loopback = host === "127.0.0.1" || host === "localhost" || host === "::1";
const partitions = process.env.PARTITIONS || undefined;
const partitionMegabytes = process.env.PARTITION_MEGABYTES || undefined;
const retentionDays = process.env.RETENTION_DAYS || undefined;
const inspectorPort = process.env.INSPECTOR_PORT ? Number(process.env.INSPECTOR_PORT) : undefined;
const rootKey = process.env.ROOT_KEY || undefined;
/** With it this process calls its own server, whatever keys that has. */
const localKey = randomBytes(32).toString("hex");
const url = `http://${loopback || host === "0.0.0.0" || host === "::" ? "localhost" : host}:${port}`;

/** @throws Error that says what to do when the state has a number of partitions from which this one cannot be reached: nothing is taken then. */
async function requireStatesPartitions(workerd: string): Promise<void> {
  const health = await fetch(`${workerd}/health`, { headers: keyHeader(localKey) });
  if (health.ok) return;
  const { detail = "" } = (await health.json().catch(() => ({}))) as { detail?: string };
  if (detail.includes("PARTITIONS")) throw new Error(`${detail}. The state is ${stateDir}.`);
}

try {
  const [option] = process.argv.slice(2);
  if (option !== undefined)
    throw new Error(
      `npm start takes no options, and got ${JSON.stringify(option)}: it reads its environment, as in PORT=8080 npm start.`,
    );
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT must be a number from 1 to 65535, not ${JSON.stringify(process.env.PORT)}.`);
  if (rootKey !== undefined && rootKey.length < MIN_ROOT_KEY)
    throw new Error(`ROOT_KEY must have at least ${MIN_ROOT_KEY} characters: it may do everything.`);
  if (!existsSync(dist)) throw new Error('There is no build: run "npm run build" first ("npm start" does both).');
  lockState(stateDir, url);
  await requireFreePort(host, port);
  guardAgainstOrphans();
  const upstream = { host: "127.0.0.1", port: await freePort() };
  const workerd = `http://127.0.0.1:${upstream.port}`;
  const answers = async () => {
    try {
      // Whatever it says.
      await (await fetch(`${workerd}/health`, { signal: AbortSignal.timeout(5000) })).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  };
  const say = (line: string) => console.error(`${new Date().toISOString()} ${line}`);
  const watching = watchWorkerd({
    answers,
    say,
    giveUp: (why) => {
      say(`Edgewise ends: ${why}.`);
      process.exit(1);
    },
  });
  const bindings = {
    LOCAL_KEY: localKey,
    ...(rootKey !== undefined && { ROOT_KEY: rootKey }),
    ...(partitions !== undefined && { PARTITIONS: partitions }),
    ...(partitionMegabytes !== undefined && { PARTITION_MEGABYTES: partitionMegabytes }),
    ...(retentionDays !== undefined && { RETENTION_DAYS: retentionDays }),
    ...(!loopback && { OPEN_MODE: "off" }),
  };
  let front: Front | null = null;
  const machine = () => ({ restarts: watching.restarts(), front: front?.statistics() ?? null });
  const server = await startServer({ ...upstream, stateDir, dist: ownCopy(), bindings, inspectorPort, machine });
  await requireStatesPartitions(workerd);
  front = await startFront({ host, port, upstream, say });
  const stopBeating = beat(server, say);
  // What is there already serves all the same.
  const deployed = await deployDemo(url, localKey).catch((error: Error) => {
    console.error(`\n  The demo's models could not be deployed: ${error.message}`);
    return [];
  });
  console.log(`
  Edgewise is running.

    Demo      ${url}/
    Console   ${url}/console/
    API       ${url}/docs
    State     ${stateDir}  (delete it to start over)
${deployed.length > 0 ? `    Deployed  ${deployed.join(", ")}\n` : ""}${loopback ? "" : "\n  Others can reach this machine, so every call needs a key. ROOT_KEY is one, to make others with: npx edgewise keys create.\n"}
  Ctrl-C stops it.
`);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    watching.stop();
    stopBeating();
    await front?.close();
    await server.dispose();
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  if (process.env.npm_lifecycle_event !== undefined) onParentsGone(stop);
} catch (error) {
  console.error(`\n  ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** A copy of the build for this server alone: the next build empties `dist` while this one may still be asked for its pages. */
function ownCopy(): string {
  const copy = join(stateDir, "serving");
  rmSync(copy, { recursive: true, force: true });
  cpSync(dist, copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
  return copy;
}
