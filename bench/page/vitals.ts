import type { Browser } from "playwright";
import { type Figure, milliseconds } from "./figure.ts";
import type { Site } from "./site.ts";
import { asVisitor, type Device, THROTTLE } from "./visitor.ts";

const DEVICES: readonly (Device & { name: string })[] = [
  { name: `a phone, processor throttled to 1/${THROTTLE}`, width: 360, height: 740, throttle: THROTTLE },
  { name: "a desktop", width: 1440, height: 900, throttle: 1 },
];
/** Cards that a visitor clicks, one after the other. */
const CLICKS = 5;
/** Events that are shorter are not told of, ms: the least that can be asked for (https://www.w3.org/TR/event-timing/). */
const SHORTEST = 16;

type Vitals = { lcp: number; cls: number; inp: number };

/**
 * Largest Contentful Paint, Cumulative Layout Shift and Interaction to Next Paint (https://web.dev/articles/vitals) of a page that shows cards: in the order that the client decides by a model given with
 * the page, with a reward for each click, and in the order given, without a client. The pages are loaded by turns.
 */
export async function vitals(browser: Browser, site: Site, loads: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const device of DEVICES) {
    const seen: Record<"with" | "without", Vitals[]> = { with: [], without: [] };
    for (let i = 0; i < loads; i++) {
      seen.with.push(await look(browser, site.deciding("given"), device));
      seen.without.push(await look(browser, site.without, device));
    }
    for (const [vital, what, wanted] of [
      ["lcp", "LCP, ms", null],
      ["cls", "CLS", "0 with the client"],
      ["inp", `INP of ${CLICKS} clicks, ms (${SHORTEST} and less count as ${SHORTEST})`, null],
    ] as const) {
      const of = (all: readonly Vitals[]) =>
        milliseconds(
          all.map((one) => one[vital]),
          ...[0.5, 0.75, 1],
        );
      figures.push({
        what: `${device.name}: ${what}: median, p75, most; without the client`,
        is: `${of(seen.with)}; ${of(seen.without)}`,
        wanted,
      });
    }
  }
  return figures;
}

const look = (browser: Browser, url: string, device: Device): Promise<Vitals> =>
  asVisitor(
    browser,
    async (page) => {
      await page.addInitScript(`
        globalThis.lcp = 0;
        globalThis.inp = ${SHORTEST};
        new PerformanceObserver((list) => { lcp = list.getEntries().at(-1).startTime; }).observe({ type: "largest-contentful-paint", buffered: true });
        new PerformanceObserver((list) => {
          for (const { interactionId, duration } of list.getEntries()) if (interactionId) inp = Math.max(inp, duration);
        }).observe({ type: "event", buffered: true, durationThreshold: ${SHORTEST} });`);
      await page.goto(url);
      await page.waitForFunction("lcp > 0");
      for (let n = 0; n < CLICKS; n++) {
        await page.locator("article").nth(n).click();
        await page.waitForTimeout(100);
      }
      // Entries come with the next frames.
      await page.waitForTimeout(200);
      return (await page.evaluate("({ lcp, cls: moved, inp })")) as Vitals;
    },
    device,
  );
