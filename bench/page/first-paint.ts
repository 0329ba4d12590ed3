import type { Browser, Page } from "playwright";
import { type Figure, milliseconds, share } from "./figure.ts";
import { type EdgeState, type Site, SLOW, type Start } from "./site.ts";
import { asVisitor } from "./visitor.ts";

type Seen = { painted: number; decided: number; runtime: string; moved: number };

/** Whether a page that has a model, given or kept, decides by it before it paints anything, and whether anything moves afterwards, however its edge is. */
export async function firstPaint(browser: Browser, site: Site, loads: number): Promise<Figure[]> {
  const figures = [...(await of(browser, site, loads, "given", "well"))];
  for (const edge of ["well", "slow", "hangs", "refuses", "500"] as const)
    figures.push(...(await of(browser, site, loads, "kept", edge)));
  return figures;
}

async function of(browser: Browser, site: Site, loads: number, start: Start, edge: EdgeState): Promise<Figure[]> {
  const seen = await asVisitor(browser, async (page) => {
    site.edge = "well";
    if (start === "kept") await keepModel(page, site);
    site.edge = edge;
    const all: Seen[] = [];
    for (let i = 0; i < loads; i++) {
      await page.goto(site.deciding(start));
      all.push(await look(page));
      site.release();
    }
    return all;
  });
  site.edge = "well";
  const decided = seen.filter(({ runtime, decided, painted }) => runtime === "native" && decided <= painted).length;
  const still = seen.filter(({ moved }) => moved === 0).length;
  const whose = start === "given" ? "models given with the page" : "a model that the browser kept";
  const how = `${whose}, edge ${edge === "slow" ? `${SLOW} ms late` : edge}`;
  return [
    {
      what: `${how}: decided by the model before the first paint; nothing moved (CLS 0)`,
      is: `${share(decided, loads)}; ${share(still, loads)}`,
      wanted: `${share(loads, loads)}; ${share(loads, loads)}`,
    },
    {
      what: `${how}: from decided to painted, ms: least, median`,
      is: milliseconds(
        seen.map(({ painted, decided }) => painted - decided),
        ...[0, 0.5],
      ),
      wanted: null,
    },
  ];
}

/** Has the browser keep the model, as a first visit does. */
async function keepModel(page: Page, site: Site): Promise<void> {
  await page.goto(site.deciding("kept"));
  await page.waitForFunction(`Object.keys(localStorage).some((key) => key.endsWith("model bench"))`);
}

/** What the visitor saw, some time after the first paint. */
const look = (page: Page): Promise<Seen> =>
  page.evaluate(`new Promise((resolve) => new PerformanceObserver((list) => {
    const [first] = list.getEntriesByName("first-paint");
    if (first) setTimeout(() => resolve({
      painted: first.startTime,
      decided: performance.getEntriesByName("decided")[0].startTime,
      runtime: decision.computedBy.runtime,
      moved,
    }), 100);
  }).observe({ type: "paint", buffered: true }))`);
