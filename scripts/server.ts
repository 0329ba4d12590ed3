import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import type { FrontStatistics } from "./front/front.ts";
import { stateDisk } from "./state-disk.ts";
import { workerOptions } from "./worker-options.ts";

export type ServerOptions = {
  host: string;
  port: number;
  /** Where Durable Objects and R2 keep their data. */
  stateDir: string;
  /** Folder that `vite build` filled. */
  dist: string;
  /** What the Worker's environment has beside what wrangler.toml says: ROOT_KEY, LOCAL_KEY, OPEN_MODE. */
  bindings?: Record<string, string>;
  /** Port of this machine on which V8's inspector listens. */
  inspectorPort?: number | undefined;
  /** What else the Worker is told of the machine: how often the runtime has ended by itself, and what stands before it. */
  machine?: () => { restarts: number; front: FrontStatistics | null };
  /** More Workers for the same workerd process, with sockets of their own: what a benchmark compares with. */
  beside?: V4WorkerOptions[];
};

/**
 * Runs the built Worker in workerd, with Durable Objects and R2 as Miniflare simulates them.
 *
 * Requests come in through a socket that goes straight to the Worker: the same requests through Miniflare's own entry
 * take three times as long (docs/adr/0001-local-server.md). Should workerd crash, Miniflare starts it again
 * (workerd-watch.ts says so).
 */
export async function startServer({
  host,
  port,
  stateDir,
  dist,
  bindings = {},
  inspectorPort,
  machine = () => ({ restarts: 0, front: null }),
  beside = [],
}: ServerOptions): Promise<Miniflare> {
  const [worker, assets] = workerOptions(dist);
  // workerd does not tell the Worker why a write failed; the system tells us.
  const serviceBindings = {
    ...worker.serviceBindings,
    STATE_DISK: async () => Response.json({ ...stateDisk(stateDir), ...machine() }),
  };
  worker.bindings = { ...worker.bindings, ...bindings };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // Miniflare's own entry: used by Miniflare itself.
      host: "127.0.0.1",
      port: 0,
      cf: false,
      ...(inspectorPort !== undefined && { inspectorPort }),
      logRequests: false,
      resourcePersistencePath: stateDir,
      resourceTmpPath: join(stateDir, "tmp"),
      workers: [{ ...worker, serviceBindings, unsafeDirectSockets: [{ host, port }] }, assets, ...beside],
    }),
  );
  await miniflare.ready;
  return miniflare;
}
