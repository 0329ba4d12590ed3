import { parseArgs } from "node:util";
import { type Browser, chromium } from "playwright";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import type { Figure } from "./page/figure.ts";
import { firstLoad } from "./page/first-load.ts";
import { firstPaint } from "./page/first-paint.ts";
import { graphLoad } from "./page/graph-load.ts";
import { rankSync } from "./page/rank-sync.ts";
import { Site } from "./page/site.ts";
import { THROTTLE } from "./page/visitor.ts";
import { vitals } from "./page/vitals.ts";

/**
 * `npm run bench:page [-- --loads N] [-- --only sync|paint|edge|graph|vitals]`: what a visitor's page gets of `/sdk.js`, in Chromium whose processor is throttled to a fourth. `sync`: how long
 * `rankSync` takes; `paint`: whether it has decided before the first paint, by a model that was given or kept, and nothing moves; `edge`: whether `rank` answers in its time at a first load with
 * an edge that is slow, hangs, refuses or fails, and by the model once that is over; `graph`: how long the page is blocked while a graph is loaded; `vitals`: LCP, CLS and INP with the client and without.
 */
const { values: given } = parseArgs({
  options: { loads: { type: "string", default: "100" }, only: { type: "string" } },
});
const loads = Number(given.loads);
if (!Number.isInteger(loads) || loads < 1)
  throw new Error(`--loads must be a whole number from 1 on, not ${given.loads}`);

const cases: Record<string, (browser: Browser, site: Site) => Promise<Figure[]>> = {
  sync: rankSync,
  paint: (browser, site) => firstPaint(browser, site, loads),
  edge: (browser, site) => firstLoad(browser, site, loads),
  graph: (browser, site) => graphLoad(browser, site, loads),
  vitals: (browser, site) => vitals(browser, site, loads),
};
const names = given.only === undefined ? Object.keys(cases) : [given.only];
for (const name of names)
  if (!(name in cases)) throw new Error(`--only must be one of ${Object.keys(cases).join(", ")}, not ${name}`);

const site = await Site.open();
const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
try {
  const figures: Figure[] = [];
  for (const name of names) figures.push(...(await cases[name]!(browser, site)));
  console.log(`${machine()}, Chromium ${browser.version()} throttled to 1/${THROTTLE}\n`);
  const rows = figures.map(({ what, is, wanted }) => [what, is, wanted ?? ""]);
  console.log(markdownTable(["", "figure", "wanted"], rows));
} finally {
  await browser.close();
  site.close();
}
