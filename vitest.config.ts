import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumArgs, findChromium } from "./scripts/chromium.ts";

/**
 * Files at a time. Vitest leaves one core free, which on two cores means one file at a time; but most of a file's time is the start of its workerd or Node.
 */
const MAX_WORKERS = Math.min(4, Math.max(2, availableParallelism()));

/** Without Chromium the setup of its tests says what to do: this file is also read where none is run. */
const executablePath = findChromium();
const installed = executablePath === undefined ? {} : { executablePath };

/** One browser, or one server with more clients than it can serve, has the machine for itself. */
const alone = { maxWorkers: 1, fileParallelism: false };
const OVERLOAD = "e2e/overload.test.ts";

/** Tests of whole servers: most of their time they wait for one. */
const ofServers = {
  environment: "node",
  maxWorkers: 2,
  globalSetup: ["scripts/test-build.ts"] as string[],
  expect: { poll: { timeout: 10_000 } },
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const;

/** Tests run where the code runs: Node for the pure parts, workerd for the edge, Chromium for the page. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["{shared,conformance,models,cli,scripts,bench,simulation}/**/*.test.ts"],
          environment: "node",
          maxWorkers: MAX_WORKERS,
          sequence: { groupOrder: 0 },
          // The first start of ONNX Runtime takes a second, and more on a busy machine.
          testTimeout: 120_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        assetsInclude: ["**/*.onnx"],
        test: {
          name: "workerd",
          include: ["edge/**/*.test.ts"],
          maxWorkers: MAX_WORKERS,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Found only when a test loads its worker, they would make Vite reload the page under the tests.
        optimizeDeps: {
          include: [
            "@openfeature/react-sdk",
            "@openfeature/web-sdk",
            "lit",
            "lit/directives/keyed.js",
            "lit/directives/ref.js",
            "lit/directives/repeat.js",
            "onnxruntime-web/wasm",
            "protobufjs/minimal.js",
            "react",
            "react-dom/client",
            "react-dom/server.browser",
            "uplot",
            "vue",
            "zod",
            "fast-check",
          ],
        },
        test: {
          name: "chromium",
          include: ["web/**/*.test.ts"],
          ...alone,
          sequence: { groupOrder: 2 },
          globalSetup: ["scripts/test-build.ts", "web/client/testing/server/setup.ts"],
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: "chromium" }],
            provider: playwright({ launchOptions: { ...installed, args: chromiumArgs } }),
          },
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["e2e/*.test.ts"],
          exclude: [OVERLOAD],
          ...ofServers,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "package",
          include: ["e2e/package/*.test.ts"],
          ...ofServers,
          sequence: { groupOrder: 3 },
          globalSetup: ["scripts/test-build.ts", "scripts/test-package.ts"],
        },
      },
      {
        test: {
          name: "overload",
          include: [OVERLOAD],
          ...ofServers,
          ...alone,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
