import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { EdgeStandIn } from "./edge-stand-in.ts";

/** Vitest's global setup of the Chromium tests. The tests run in a page, so they ask for their stand-ins over HTTP. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const edges: EdgeStandIn[] = [];
  const commands: Record<string, (edge: EdgeStandIn, argument: never) => unknown> = {
    start: (edge) => edge.start(),
    stop: (edge) => edge.stop(),
    behave: (edge, behaviour) => edge.behave(behaviour),
    publish: (edge, publication) => edge.publish(publication),
    seen: (edge) => edge.seen(),
  };
  const server = createServer(async (request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "content-type");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    try {
      let body = "";
      for await (const chunk of request) body += chunk;
      let [, index, command]: (string | undefined)[] = request.url!.split("/");
      if (index === "new") {
        const edge = new EdgeStandIn();
        await edge.start();
        index = String(edges.push(edge) - 1);
        command = undefined;
      }
      const edge = edges[Number(index)]!;
      const result =
        command === undefined
          ? { index, endpoint: edge.endpoint }
          : await commands[command]!(edge, JSON.parse(body) as never);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result ?? null));
    } catch (error) {
      response.writeHead(500).end(String(error instanceof Error ? error.stack : error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("edges", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    await Promise.all(edges.map((edge) => edge.stop()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
