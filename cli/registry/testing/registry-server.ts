import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Problem } from "../../../shared/contract/problem.ts";
import type { ListedVersion } from "../model-versions.ts";

/** What the server says. It may be changed while it runs. */
export type Registered = {
  /** Of the model `films`. Each time it is asked for them, the next; the last for ever. */
  states: ListedVersion[][];
  /** The number of the version that a deployment makes or finds. */
  deployed: { version: number; created: boolean };
  /** Refuses every call that would change something, or calls of this method. */
  refuse?: { method?: string; status: number; problem: Omit<Problem, "type" | "title" | "status"> };
  /** Calls that came: `GET /v1/models/films/versions`. */
  calls: string[];
};

/** A version as the registry answers it, live and well unless said otherwise. */
export const version = (number: number, changes: Partial<ListedVersion> = {}): ListedVersion => ({
  ...{ model: "films", version: number, stage: "live", share: null, wanted: null, ready: true, problem: null },
  ...{ spec: { url: "/v1/artifacts/0", sha256: "0", bytes: 1 }, graph: null, createdAt: 0 },
  training: { examples: 10, meanFeedback: 0.5, progressiveLoss: 0.25, lag: 0 },
  ...changes,
});

/** A server that has no more of an edge than the registry's routes, so that tests say what they answer. */
export async function serveRegistry(registered: Registered): Promise<{ url: string; close(): void }> {
  const versions = () => (registered.states.length > 1 ? registered.states.shift()! : registered.states[0]!);
  const server = createServer(async (request, response) => {
    const { method = "", url = "" } = request;
    const { pathname } = new URL(url, "http://localhost");
    registered.calls.push(`${method} ${pathname}`);
    await text(request);
    const { refuse, deployed } = registered;
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (refuse && (refuse.method ?? method) === method && (refuse.method || method !== "GET"))
      json(refuse.status, refuse.problem);
    else if (method === "PUT") response.writeHead(204).end();
    else if (method === "GET") json(200, { model: "films", versions: versions(), history: [] });
    else {
      const found = registered.states[0]!.find((one) => one.version === deployed.version)!;
      json(200, { ...found, created: deployed.created, warnings: [] });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
