import { cloudflare } from "@cloudflare/vite-plugin";
import { defineConfig } from "vite";

/**
 * Builds the pages (web/, to dist/client) and the Worker (edge/, to dist/edgewise), and serves both with `vite dev`. `DIST` names another
 * folder than dist/.
 */
export default defineConfig({
  root: "web",
  build: { outDir: process.env.DIST || "../dist", emptyOutDir: true, target: "es2023" },
  worker: { format: "es" },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          input: { home: "web/index.html", console: "web/console/index.html", docs: "web/docs/index.html" },
        },
      },
    },
  },
  plugins: [cloudflare({ configPath: "../wrangler.toml", persistState: { path: ".state" } })],
});
