import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumArgs, chromiumPath } from "./scripts/chromium.ts";

/** Tests run where the code runs: Node for the pure parts, workerd for the edge, Chromium for the page. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["{shared,conformance,models,cli,scripts,bench}/**/*.test.ts"],
          environment: "node",
          // The first start of ONNX Runtime takes a second, and more on a busy machine.
          testTimeout: 120_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        assetsInclude: ["**/*.onnx"],
        test: { name: "workerd", include: ["edge/**/*.test.ts"] },
      },
      {
        // Found only when a test loads its worker, they would make Vite reload the page under the tests.
        optimizeDeps: {
          include: [
            "comlink",
            "idb",
            "lit",
            "lit/directives/keyed.js",
            "lit/directives/ref.js",
            "lit/directives/repeat.js",
            "onnxruntime-web/wasm",
            "protobufjs/minimal.js",
            "uplot",
            "zod",
            "fast-check",
          ],
        },
        test: {
          name: "chromium",
          include: ["web/**/*.test.ts"],
          globalSetup: ["scripts/test-build.ts", "web/client/testing/server/setup.ts"],
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: "chromium" }],
            provider: playwright({ launchOptions: { executablePath: chromiumPath(), args: chromiumArgs } }),
          },
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["e2e/**/*.test.ts"],
          globalSetup: ["scripts/test-build.ts"],
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
