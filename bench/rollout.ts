import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright";
import { DemoPage } from "../e2e/demo-page.ts";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import homeHero from "../models/home-hero/spec.ts";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { buildForTests } from "../scripts/test-build.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { Edge } from "./rollout/edge.ts";

/**
 * `node bench/rollout.ts [TIMES]`: how long after the answer to a promotion or a rollback an open page decides with the other version. Each time
 * the demo's model goes to another version and back; the page is not reloaded. Its own server, on a state of its own.
 */

const times = Number(process.argv[2] ?? 20);
await buildForTests();
const server = await Server.create();
await server.start();
const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
try {
  const edge = new Edge(server.url);
  await until("the demo's model", () => edge.manifest("home-hero").catch(() => null));
  const demo = await DemoPage.open(browser, server.url);
  const { graph } = await edge.manifest("home-hero");
  await edge.send("POST", "/v1/models/home-hero/versions", {
    spec: { ...homeHero, reward: { ...homeHero.reward, wait: "20s" } },
    graph: graph!.sha256,
    stage: "live",
  });
  await follows(demo, 2);

  const took: Record<"promotion" | "rollback", number[]> = { promotion: [], rollback: [] };
  for (let n = 0; n < times; n++) {
    await edge.rollback("home-hero");
    took.rollback.push(await follows(demo, 1));
    await setTimeout(300);
    await edge.change("home-hero", 2, "live");
    took.promotion.push(await follows(demo, 2));
    await setTimeout(300);
  }
  console.log(
    `\n${machine()}, ${times} times each, from the answer of the PATCH until the page's panel shows the version\n`,
  );
  console.log(
    markdownTable(
      ["", "median, ms", "p95, ms", "most, ms"],
      Object.entries(took).map(([name, list]) => {
        const sorted = list.toSorted((a, b) => a - b);
        const at = (q: number) => String(Math.round(sorted[Math.ceil(q * sorted.length) - 1]!));
        return [name, at(0.5), at(0.95), at(1)];
      }),
    ),
  );
} finally {
  await browser.close();
  await server.remove();
}

/** Waits until the page's panel shows the version. @returns how long that took, ms. */
async function follows(demo: DemoPage, version: number): Promise<number> {
  const started = performance.now();
  await demo.page.waitForFunction(
    (label) => document.querySelector('[data-fact="snapshot"]')?.textContent?.includes(label),
    `@${version}.`,
    { polling: 10, timeout: 60_000 },
  );
  return performance.now() - started;
}
