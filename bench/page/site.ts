import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import own from "../../package.json" with { type: "json" };
import { bundleSdk, copyBinaries } from "../../scripts/package/bundles.ts";
import { actions, artifacts, manifests, starting } from "./published.ts";

/** How the edge answers: as it should, each call SLOW ms later, not at all, by hanging up, or with 500. The site's own files always come at once. */
export type EdgeState = "well" | "slow" | "hangs" | "refuses" | "500";
export const SLOW = 400;

/** What a page has of a model when it starts: it was given it with its HTML, or the browser may have kept it. */
export type Start = "given" | "kept";

/** The edge and the site that it is part of, as `/sdk.js` is served, in one server. */
export class Site {
  edge: EdgeState = "well";
  readonly #server = createServer((request, response) => void this.#answer(request.url!.split("?")[0]!, response));
  readonly #hanging = new Set<ServerResponse>();
  readonly #scripts: ReadonlyMap<string, Uint8Array>;

  private constructor(scripts: ReadonlyMap<string, Uint8Array>) {
    this.#scripts = scripts;
  }

  static async open(): Promise<Site> {
    const out = mkdtempSync(join(tmpdir(), "edgewise-page-"));
    try {
      await bundleSdk(out, own.version);
      await copyBinaries(out, own.version);
      const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const paths = files.map((entry) => join(entry.parentPath, entry.name));
      const site = new Site(new Map(paths.map((path) => [path.slice(out.length), readFileSync(path)])));
      site.#server.listen(0, "127.0.0.1");
      await once(site.#server, "listening");
      return site;
    } finally {
      rmSync(out, { recursive: true });
    }
  }

  /** Of a page that decides while it is parsed and shows what it decided. */
  deciding = (start: Start): string => `${this.#origin}/${start}`;

  /** Of a page that shows the same in the order that it has, without a client. */
  get without(): string {
    return `${this.#origin}/without`;
  }

  /** Of a page that has the client, no model, and decides nothing by itself. */
  get waiting(): string {
    return `${this.#origin}/waiting`;
  }

  /** Of a page that has its models and may read a fine clock, which only isolated pages may. */
  get timing(): string {
    return `${this.#origin}/timing`;
  }

  /** Ends the calls that the edge has left hanging. */
  release(): void {
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(path: string, response: ServerResponse): Promise<unknown> {
    const answer = (body: string | Uint8Array, type: string, status = 200) =>
      response.writeHead(status, { "content-type": type }).end(body);
    const json = (body: unknown, status = 200) => answer(JSON.stringify(body), "application/json", status);
    if (path === "/timing") {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    if (path === "/given" || path === "/timing") return answer(html(starting, path === "/given"), "text/html");
    if (path === "/without") return answer(page("", SHOW_AS_GIVEN), "text/html");
    if (path === "/kept" || path === "/waiting") return answer(html(null, path === "/kept"), "text/html");
    const script = this.#scripts.get(path);
    if (script) return answer(script, path.endsWith(".wasm") ? "application/wasm" : "text/javascript");
    if (!path.startsWith("/v1/")) return answer("", "text/plain", 404);

    if (this.edge === "hangs") return this.#hanging.add(response);
    if (this.edge === "refuses") return response.destroy();
    if (this.edge === "500") return json({ title: "as if" }, 500);
    if (this.edge === "slow") await setTimeout(SLOW);
    const manifest = manifests.get(path.slice("/v1/models/".length));
    if (manifest) return json(manifest);
    const artifact = artifacts.get(path);
    if (artifact) return answer(artifact, "application/octet-stream");
    if (path === "/v1/sessions") return json({ sessions: Array.from({ length: 4 }, () => crypto.randomUUID()) });
    if (path === "/v1/batch") return this.#takeBatch(response);
    return json({ title: "not here" }, 404);
  }

  async #takeBatch(response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response.req) chunks.push(chunk as Buffer);
    } catch (error) {
      // The page has gone in the midst of it, as pages do here.
      if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return;
      throw error;
    }
    const sent = Buffer.concat(chunks);
    const body = response.req.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    const { decisions, feedback, activations } = JSON.parse(body.toString()) as Record<string, unknown[]>;
    const accepted = [decisions, feedback, activations].reduce((sum, list) => sum + (list?.length ?? 0), 0);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ accepted, duplicates: 0, rejected: [] }));
  }
}

/** @param decides whether it shows cards at once, in the order that was decided. */
const html = (models: object | null, decides: boolean) =>
  page(
    `<script src="/sdk.js"></script>`,
    `globalThis.client = edgewise.createClient({ models: JSON.parse(document.getElementById("models").textContent) ?? undefined });
${decides ? DECIDE : ""}`,
    models,
  );

const DECIDE = `globalThis.decision = client.rankSync("bench", actions);
show(decision.ranking);
performance.mark("decided");
document.querySelector("main").addEventListener("click", () => void decision.reward(1));`;
const SHOW_AS_GIVEN = "show(actions);";

const page = (head: string, script: string, models: object | null = null) => `<!doctype html><html><head>${head}
<style>main { display: grid; gap: 8px } article { height: 40px; background: #ddd }</style></head><body><main></main>
<script type="application/json" id="models">${JSON.stringify(models)}</script>
<script>
globalThis.actions = ${JSON.stringify(actions)};
globalThis.moved = 0;
new PerformanceObserver((list) => { for (const { value } of list.getEntries()) moved += value; }).observe({ type: "layout-shift", buffered: true });
function show(cards) {
  const main = document.querySelector("main");
  for (const { id } of cards) main.append(Object.assign(document.createElement("article"), { textContent: id }));
  main.addEventListener("click", ({ target }) => target.append(" taken"));
}
${script}
</script><p>after</p></body></html>`;
