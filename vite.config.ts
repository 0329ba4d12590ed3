import { cloudflare } from "@cloudflare/vite-plugin";
import { defineConfig, type Plugin } from "vite";
import packageJson from "./package.json" with { type: "json" };
import { deployDemo } from "./scripts/deploy-demo.ts";
import { bundleSdk, copyBinaries } from "./scripts/package/bundles.ts";

/**
 * Builds the pages (web/, to dist/client) and the Worker (edge/, to dist/edgewise), and serves both with `vite dev`. `DIST` names another
 * folder than dist/.
 */
export default defineConfig(({ command }) => ({
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
  plugins: [
    demoModels(),
    sdk(),
    cloudflare({
      configPath: "../wrangler.toml",
      persistState: { path: ".state" },
      // Requests pass a development server on this machine. Not so in a build.
      config: command === "serve" ? { vars: { OPEN_MODE: "dev" } } : {},
    }),
  ],
}));

/** `vite dev` serves the demo's models, as `npm start` does. */
function demoModels(): Plugin {
  return {
    name: "demo-models",
    apply: "serve",
    configureServer({ httpServer, config: { logger } }) {
      httpServer?.once("listening", () => {
        const address = httpServer.address();
        if (address === null || typeof address === "string") return;
        deployDemo(`http://localhost:${address.port}`).then(
          (names) => names.length > 0 && logger.info(`deployed ${names.join(", ")}`),
          (error) => logger.error(`the demo's models could not be deployed: ${error.message}`),
        );
      });
    },
  };
}

/** What pages without a bundler load from the edge. */
function sdk(): Plugin {
  return {
    name: "sdk",
    apply: "build",
    applyToEnvironment: ({ name }) => name === "client",
    writeBundle: async ({ dir }) => {
      await bundleSdk(dir!, packageJson.version);
      await copyBinaries(dir!, packageJson.version);
    },
  };
}
