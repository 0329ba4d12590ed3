import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { LogPageEnd, LogRow } from "../../../shared/contract/log-page.ts";
import type { ModelSpec } from "../../../shared/contract/spec.ts";

/** What the server has. It may be changed while it runs. */
export type Served = {
  /** Rows of each partition by rising offset. */
  partitions: LogRow[][];
  /** Versions of each model, the last of which is live and the others retired. */
  models: Record<string, ModelSpec[]>;
  /** How far the log's time has come. */
  time: number;
  /** Identity of the logs. */
  log?: string;
  /** Most rows of a page, whatever is asked for. */
  most?: number;
  /** Looks at an answer of /v1/log before it goes. */
  answer?: (text: string) => string;
};

/** A server that has no more of an edge than what its log is read by, so that tests say what is in it. */
export async function serveLog(served: Served): Promise<{ url: string; close(): void }> {
  const artifacts = new Map<string, string>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://localhost");
    const json = (value: unknown) => response.end(JSON.stringify(value));
    if (pathname === "/v1/directory") json(directoryOf(served, artifacts));
    else if (versionsPath.test(pathname))
      json({ versions: versionsOf(served.models[versionsPath.exec(pathname)![1]!]!, artifacts), history: [] });
    else if (artifacts.has(pathname)) response.end(artifacts.get(pathname));
    else if (pathname === "/v1/log") {
      const text = page(served, searchParams);
      response.writeHead(200, { "content-type": "application/x-ndjson", "content-encoding": "gzip" });
      response.end(gzipSync(served.answer?.(text) ?? text));
    } else response.writeHead(404).end(JSON.stringify({ detail: `nothing is at ${pathname}` }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

const versionsPath = /^\/v1\/models\/([^/]+)\/versions$/;

function versionsOf(specs: readonly ModelSpec[], artifacts: Map<string, string>) {
  return specs.map((spec, i) => {
    const text = JSON.stringify(spec);
    const sha256 = createHash("sha256").update(text).digest("hex");
    const url = `/v1/artifacts/${sha256}`;
    artifacts.set(url, text);
    const stage = i === specs.length - 1 ? "live" : "retired";
    return { version: i + 1, stage, share: null, spec: { url, sha256, bytes: text.length }, graph: null };
  });
}

function directoryOf({ models }: Served, artifacts: Map<string, string>) {
  const described = Object.entries(models).map(([name, specs]) => {
    const versions = versionsOf(specs, artifacts).filter(({ stage }) => stage !== "retired");
    return [name, { task: specs[0]!.task, versions }];
  });
  return { format: 1, number: 1, changedAt: 0, models: Object.fromEntries(described) };
}

function page({ partitions, time, log = "log", most = 1000 }: Served, asked: URLSearchParams): string {
  const rows = partitions[Number(asked.get("partition"))]!;
  const [after, limit, model] = [Number(asked.get("after")), Number(asked.get("limit")), asked.get("model")];
  const newest = rows.at(-1)?.offset ?? 0;
  const found = rows
    .filter((row) => row.offset > after && (model === null || row.model === null || row.model === model))
    .slice(0, Math.min(limit, most));
  const next = found.at(-1)?.offset ?? newest;
  const end: LogPageEnd & { partitions: number } = { log, next, newest, time, partitions: partitions.length };
  return [...found, end].map((line) => `${JSON.stringify(line)}\n`).join("");
}
