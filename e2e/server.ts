import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../scripts/free-port.ts";
import { testDist } from "../scripts/test-build.ts";

const root = resolve(import.meta.dirname, "..");

/** Runs a script of this project in Node. */
export const run = (args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });

/** What the process printed, once it ended. @throws Error with it, when it failed. */
export async function finished(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout!.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr!.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

/** The real server, of the build for tests, on a port and state folder of its own, which it keeps when it is stopped and started again. */
export class Server {
  readonly port: number;
  readonly stateDir: string;
  #process: ChildProcess | null = null;
  #output = "";

  private constructor(port: number, stateDir: string) {
    this.port = port;
    this.stateDir = stateDir;
  }

  static async create(stateDir = mkdtempSync(join(tmpdir(), "edgewise-e2e-"))): Promise<Server> {
    return new Server(await freePort(), stateDir);
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Of the process that was started, whose children are the runtime. @throws Error when none runs. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error("the server does not run");
    return pid;
  }

  /** What it printed since it was started. */
  get output(): string {
    return this.#output;
  }

  /** Its exit status; null while it runs, or when a signal ended it. */
  get exitCode(): number | null {
    return this.#process?.exitCode ?? null;
  }

  /** Process id of its workerd; null between two. */
  get workerd(): number | null {
    const { stdout } = spawnSync("pgrep", ["-P", String(this.pid), "workerd"], { encoding: "utf8" });
    return stdout.trim() === "" ? null : Number(stdout.split("\n")[0]);
  }

  /** @param env more of its environment. @throws Error with what it printed, when it ends before it runs. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const child = run(["scripts/serve.ts"], {
      PORT: String(this.port),
      STATE_DIR: this.stateDir,
      DIST: testDist,
      HOST: "",
      ...env,
    });
    this.#process = child;
    this.#output = "";
    await new Promise<void>((started, failed) => {
      const collect = (chunk: Buffer) => {
        this.#output += chunk;
        if (this.#output.includes("Edgewise is running")) started();
      };
      child.stdout!.on("data", collect);
      child.stderr!.on("data", collect);
      child.once("exit", (code) => failed(new Error(`the server ended with ${code}:\n${this.#output}`)));
    });
  }

  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  async remove(): Promise<void> {
    await this.stop("SIGTERM");
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
