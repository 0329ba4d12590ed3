import type { Browser } from "playwright";
import { type Figure, milliseconds, share } from "./figure.ts";
import { actions } from "./published.ts";
import { type EdgeState, type Site, SLOW } from "./site.ts";
import { asVisitor } from "./visitor.ts";

/** What a call may take, ms. */
const TIMEOUT = 300;
/** In how many of the loads the edge is well again afterwards, and how long its model may take then, ms: pauses grow while it is not. */
const RECOVERING = 5;
const RECOVERY = 30_000;

/** `timer`: after how long a bare timer of TIMEOUT rang that was set in the same moment: the page's own tasks delay it as they delay the client's. */
type Load = { took: number; timer: number; inOrder: boolean; reason: string | undefined; recovered: number | null };

/** Whether `rank` answers in its time, in the page's own order, at the first load of a visitor whose edge is not well; and by the model once it is. */
export async function firstLoad(browser: Browser, site: Site, loads: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const edge of ["slow", "hangs", "refuses", "500"] as const) {
    const all: Load[] = [];
    for (let i = 0; i < loads; i++) all.push(await load(browser, site, edge, i < RECOVERING));
    const answered = all.filter(({ inOrder, reason }) => inOrder && reason !== undefined);
    const inTime = answered.filter(({ took, timer }) => took <= Math.max(TIMEOUT, timer));
    const how = `first load, edge ${edge === "slow" ? `${SLOW} ms late` : edge}`;
    const reasons = [...new Set(all.map(({ reason }) => reason))].join(", ");
    const ms = (time: "took" | "timer") =>
      milliseconds(
        all.map((one) => one[time]),
        ...[0.5, 0.99, 1],
      );
    figures.push({
      what: `${how}: answered in the order given, with a reason; no later than a bare timer of ${TIMEOUT} ms`,
      is: `${share(answered.length, loads)} (${reasons}); ${share(inTime.length, loads)}`,
      wanted: `${share(loads, loads)}; ${share(loads, loads)}`,
    });
    figures.push({
      what: `${how}, ms: median, p99, most; of the bare timer`,
      is: `${ms("took")}; ${ms("timer")}`,
      wanted: null,
    });
    const again = all.flatMap(({ recovered }) => recovered ?? []);
    const tried = Math.min(RECOVERING, loads);
    figures.push({
      what: `${how}: decides by the model when the edge is well again, within ${RECOVERY / 1000} s; ms: median, most`,
      is: again.length > 0 ? `${share(again.length, tried)}; ${milliseconds(again, 0.5, 1)}` : share(0, tried),
      wanted: share(tried, tried),
    });
  }
  return figures;
}

function load(browser: Browser, site: Site, edge: EdgeState, recovers: boolean): Promise<Load> {
  site.edge = edge;
  return asVisitor(browser, async (page) => {
    try {
      await page.goto(site.waiting);
      const answer = (await page.evaluate(`(async () => {
        const begun = performance.now();
        const timer = new Promise((rang) => setTimeout(() => rang(performance.now() - begun), ${TIMEOUT}));
        const { ranking, reason } = await client.rank("bench", actions, { timeout: ${TIMEOUT} });
        const took = performance.now() - begun;
        return { took, timer: await timer, ids: ranking.map(({ id }) => id), reason };
      })()`)) as { took: number; timer: number; ids: string[]; reason?: string };
      const inOrder = answer.ids.join() === actions.map(({ id }) => id).join();
      site.edge = "well";
      site.release();
      const recovered = recovers
        ? ((await page.evaluate(`(async () => {
            const begun = performance.now();
            while (performance.now() - begun < ${RECOVERY}) {
              const { computedBy } = await client.rank("bench", actions, { timeout: ${TIMEOUT}, deferred: true });
              if (computedBy.runtime === "native") return performance.now() - begun;
              await new Promise((resolve) => setTimeout(resolve, 100));
            }
            return null;
          })()`)) as number | null)
        : null;
      return { took: answer.took, timer: answer.timer, inOrder, reason: answer.reason, recovered };
    } finally {
      site.edge = "well";
      site.release();
    }
  });
}
