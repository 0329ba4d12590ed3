import { createReadStream } from "node:fs";
import { extname } from "node:path";
import type { Plugin } from "vite";

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Other names of files: pages that are developed get the client that warns. */
const ALIASES: Record<string, string> = { "/console/": "/console/index.html", "/sdk.js": "/sdk.development.js" };

/** Serves console and scripts while a project is developed, as its edge does once they are built beside its page. @param files by their paths. */
export function serveSite(files: ReadonlyMap<string, string>): Plugin {
  return {
    name: "edgewise-site",
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const { pathname } = new URL(request.url ?? "/", "http://localhost");
        if (pathname === "/console") return void response.writeHead(301, { location: "/console/" }).end();
        const file = files.get(ALIASES[pathname] ?? pathname);
        if (file === undefined) return next();
        response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
        createReadStream(file).pipe(response);
      });
    },
  };
}
