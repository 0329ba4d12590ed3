import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { guardAgainstOrphans } from "../../scripts/orphan-guard.ts";
import { onParentsGone } from "../../scripts/parents.ts";
import { lockState } from "../../scripts/state-lock.ts";
import { UsageError, wholeNumber } from "../command.ts";
import { serveSite } from "../pages/serve-site.ts";
import { siteFiles } from "../pages/site.ts";
import { MODELS, specsOfProject } from "../project-specs.ts";

export const help = `edgewise dev [--port PORT]

  Serves the project in this folder, page and edge, on this machine: the page by Vite, the Worker that its wrangler.toml names by workerd. Deploys the
  specs in models/, and those that change again, as new versions; types of them are written into edgewise-models.d.ts. What is logged and
  learned stays in .edgewise/.

  --port PORT  8787 by default
`;

const STATE = ".edgewise";
const TYPES = "edgewise-models.d.ts";
/** Editors write a file in several steps. */
const SETTLE_MS = 100;
const configs = ["wrangler.toml", "wrangler.jsonc", "wrangler.json"];

/** Serves until a signal ends it. @throws UsageError saying what the folder or the machine lacks. */
export async function devCommand(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: "string", default: "8787" } } });
  const port = wholeNumber("port", values.port, 1);
  const url = `http://localhost:${port}`;
  const configPath = configs.find((file) => existsSync(file));
  if (configPath === undefined)
    throw new UsageError("There is no wrangler.toml in this folder. Go to a project, or make one: edgewise init NAME");
  const specs = specsOfProject();
  const site = siteFiles();
  const { createServer, cloudflare } = await tools();
  try {
    lockState(resolve(STATE), url);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  guardAgainstOrphans();
  const server = await createServer({
    clearScreen: false,
    server: { host: "localhost", port, strictPort: true, watch: { ignored: [`**/${STATE}/**`] } },
    plugins: [
      site && serveSite(site),
      cloudflare({
        configPath,
        persistState: { path: STATE },
        inspectorPort: false,
        // Requests pass a development server on this machine.
        config: { vars: { OPEN_MODE: "dev" } },
      }),
    ],
  });
  const stop = async () => {
    await server.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  if (process.env.npm_lifecycle_event !== undefined) onParentsGone(stop);
  try {
    await server.listen();
  } catch (error) {
    await server.close();
    throw new UsageError(`${(error as Error).message}. Name another: edgewise dev --port ${port + 1}`);
  }
  // Until the Worker is here, the answer waits.
  await (await fetch(`${url}/health`)).arrayBuffer();
  await writeTypes();
  for (const spec of specs) await deploy(spec, url);
  console.log(`
  Edgewise serves ${basename(process.cwd())}.

    Page      ${url}/${site ? `\n    Console   ${url}/console/` : ""}
    Models    ${specs.join(", ")}  (a change is deployed)
    State     ${STATE}/  (delete it to start over)

  Ctrl-C stops it.
`);
  const changed = collected(SETTLE_MS, async (files) => {
    const now = specsOfProject();
    await writeTypes();
    // A graph is named by a spec, and what else there is may be imported by any.
    const again = [...files].every((file) => now.includes(file)) ? now.filter((spec) => files.has(spec)) : now;
    for (const spec of again) await deploy(spec, url);
  });
  for (const event of ["add", "change"] as const)
    server.watcher.on(event, (path: string) => {
      const file = relative(process.cwd(), path);
      if (file.startsWith(`${MODELS}${sep}`)) changed(file);
    });
}

/** What a project is served with, which it installs itself. @throws UsageError naming what to install. */
async function tools() {
  try {
    const [{ createServer }, { cloudflare }] = await Promise.all([import("vite"), import("@cloudflare/vite-plugin")]);
    return { createServer, cloudflare };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UsageError(
      "edgewise dev serves with Vite and Wrangler: npm install --save-dev vite wrangler @cloudflare/vite-plugin",
    );
  }
}

const deploy = (spec: string, url: string) => command("deploy", spec, "--url", url);
const writeTypes = async () => command("types", ...specsOfProject(), "--out", TYPES);

/** Runs a command in a process of its own, which knows nothing of how a spec was before. What is wrong is said, and the next change mends it. */
async function command(...args: string[]): Promise<void> {
  // A key is for an edge elsewhere.
  const { EDGEWISE_KEY: _, ...env } = process.env;
  const child = spawn(process.execPath, [realpathSync(process.argv[1]!), ...args], { env, stdio: "inherit" });
  await new Promise<void>((done) => child.on("exit", () => done()));
}

/** Calls `take` with all files that came within a while, one call after the other. */
function collected(ms: number, take: (files: Set<string>) => Promise<void>): (file: string) => void {
  let files = new Set<string>();
  let taking = Promise.resolve();
  return (file) => {
    if (files.size === 0)
      setTimeout(() => {
        const these = files;
        files = new Set();
        taking = taking.then(() => take(these)).catch((error) => console.error((error as Error).message));
      }, ms);
    files.add(file);
  };
}
