import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { chromiumPath } from "../../../../scripts/chromium.ts";
import { freePort } from "../../../../scripts/free-port.ts";
import { startServer } from "../../../../scripts/server.ts";
import { testDist } from "../../../../scripts/test-build.ts";
import type { EdgeCall, LockedEdge } from "../control.ts";
import { FaultProxy } from "./fault-proxy.ts";

/**
 * Vitest's global setup of the Chromium tests: one real edge for all of them, on a state of its own. Every test has a proxy of its own in front
 * of it, and with that an endpoint that no other test has; as tests run in a page, they ask for their proxies over HTTP.
 *
 * @throws Error saying how to install Chromium when there is none.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  chromiumPath();
  const stateDir = mkdtempSync(join(tmpdir(), "edgewise-chromium-"));
  const port = await freePort();
  const edge = await startServer({ host: "127.0.0.1", port, stateDir, dist: testDist });
  const url = `http://127.0.0.1:${port}`;
  project.provide("edge", url);

  let locked: Promise<LockedEdge> | null = null;
  const lock = async (): Promise<LockedEdge> => {
    const [port, rootKey] = [await freePort(), "root-key-of-the-tests-in-chromium"];
    const bindings = { ROOT_KEY: rootKey };
    lockedServer = await startServer({
      host: "127.0.0.1",
      port,
      stateDir: join(stateDir, "locked"),
      dist: testDist,
      bindings,
    });
    return { url: `http://127.0.0.1:${port}`, rootKey };
  };
  let lockedServer: Awaited<ReturnType<typeof startServer>> | null = null;
  const proxies: FaultProxy[] = [];
  const commands: Record<string, (proxy: FaultProxy, argument: never) => unknown> = {
    start: (proxy) => proxy.start(),
    stop: (proxy) => proxy.stop(),
    behave: (proxy, behaviour) => proxy.behave(behaviour),
    seen: (proxy) => proxy.seen(),
  };
  const server = createServer(async (request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "content-type");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    try {
      let body = "";
      for await (const chunk of request) body += chunk;
      const [, index, command]: (string | undefined)[] = request.url!.split("/");
      let result: unknown;
      if (index === "new") {
        const proxy = new FaultProxy(url);
        await proxy.start();
        result = { index: String(proxies.push(proxy) - 1), endpoint: proxy.endpoint };
      } else if (index === "edge") result = await askEdge(url, JSON.parse(body));
      else if (index === "locked") {
        locked ??= lock();
        result = await locked;
      } else result = await commands[command!]!(proxies[Number(index)]!, JSON.parse(body) as never);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result ?? null));
    } catch (error) {
      response.writeHead(500).end(String(error instanceof Error ? error.stack : error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("proxies", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all([edge.dispose(), lockedServer?.dispose()]);
    rmSync(stateDir, { recursive: true, force: true });
  };
}

/** Asks the edge in a test's stead: what changes versions is not for pages, and the edge lets none of another origin. */
async function askEdge(edge: string, { method, path, body, base64, of, key }: EdgeCall): Promise<unknown> {
  const headers = {
    ...(key && { authorization: `Bearer ${key}` }),
    ...(body && { "content-type": "application/json" }),
  };
  const response = await fetch((of ?? edge) + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(base64 !== undefined && { body: Buffer.from(base64, "base64") }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
}
