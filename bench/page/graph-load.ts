import type { Browser } from "playwright";
import { type Figure, milliseconds, share } from "./figure.ts";
import { films } from "./published.ts";
import type { Site } from "./site.ts";
import { asVisitor } from "./visitor.ts";

/** A task that is longer blocks the page for its visitor, ms (https://www.w3.org/TR/longtasks/). */
const LONG = 50;
/** A graph that does not decide by then never does, ms. */
const PATIENCE = 60_000;

/** Tasks of the page while a model's graph and ONNX Runtime are loaded; and, since the page has tasks without them, those of a model that has no graph. */
export async function graphLoad(browser: Browser, site: Site, loads: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [model, runtime, what, wanted] of [
    ["home-hero", "wasm", "a model with a graph", share(0, loads)],
    ["bench", "native", "for comparison: a model without one", null],
  ] as const) {
    const seen: { longest: number; took: number }[] = [];
    for (let i = 0; i < loads; i++) seen.push(await load(browser, site, model, runtime));
    const longest = seen.map(({ longest }) => longest);
    figures.push({
      what: `${what}: loads with a task over ${LONG} ms; longest task, ms; until it decides, ms: median`,
      is: `${share(longest.filter((ms) => ms > LONG).length, loads)}; ${milliseconds(longest, 1)}; ${milliseconds(
        seen.map(({ took }) => took),
        0.5,
      )}`,
      wanted,
    });
  }
  return figures;
}

/** @returns ms; `longest`: 0 where no task is long. */
const load = (browser: Browser, site: Site, model: string, runtime: string) =>
  asVisitor(browser, async (page) => {
    await page.goto(site.waiting);
    return (await page.evaluate(`(async () => {
      const tasks = [0];
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask", buffered: true });
      const films = ${JSON.stringify(films)};
      const begun = performance.now();
      for (;;) {
        const { computedBy } = await client.rank(${JSON.stringify(model)}, films, { timeout: 1000, deferred: true });
        if (computedBy.runtime === ${JSON.stringify(runtime)}) break;
        if (performance.now() - begun > ${PATIENCE}) throw new Error("it still decides by " + JSON.stringify(computedBy));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const took = performance.now() - begun;
      // Entries of the last tasks come a little later.
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { longest: Math.max(...tasks), took };
    })()`)) as { longest: number; took: number };
  });
