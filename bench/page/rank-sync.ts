import type { Browser } from "playwright";
import { type Figure, milliseconds } from "./figure.ts";
import { ACTIONS, FEATURES } from "./published.ts";
import type { Site } from "./site.ts";
import { asVisitor } from "./visitor.ts";

const TIMES = 1000;
/** Not counted: code is not compiled yet. */
const WARMING = 200;

/** How long `rankSync` takes; and, in the same turns, what always takes as long: by what that varies, the machine does. */
export async function rankSync(browser: Browser, site: Site): Promise<Figure[]> {
  const times = await asVisitor(browser, async (page) => {
    await page.goto(site.timing);
    return (await page.evaluate(`(async () => {
      if (!crossOriginIsolated) throw new Error("the clock of this page is coarse");
      // Under ids of their own: the model knows the others, which are decided among in the same turns, as they are.
      const changed = (i) => actions.map(({ id, features }) => ({ id: "changed " + id, features: { ...features, f0: i } }));
      const cases = {
        bench: () => client.rankSync("bench", actions),
        changed: (i) => client.rankSync("bench", changed(i)),
        apart: () => client.rankSync("apart", actions),
        work: () => { let h = 1; for (let i = 0; i < 100000; i++) h = Math.imul(h ^ i, 16777619); return h; },
      };
      for (const name of ["bench", "changed", "apart"]) {
        const { runtime, reason } = cases[name](0).computedBy;
        if (runtime !== "native") throw new Error(name + " was decided by " + runtime + ": " + reason);
      }
      const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
      for (let i = 0; i < ${WARMING + TIMES}; i++) {
        for (const [name, run] of Object.entries(cases)) {
          const begun = performance.now();
          run(i);
          times[name].push(performance.now() - begun);
        }
        // Storing what was decided is another's turn.
        if (i % 4 === 3) await new Promise((resolve) => setTimeout(resolve, 30));
      }
      return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, list.slice(${WARMING})]));
    })()`)) as Record<"bench" | "changed" | "apart" | "work", number[]>;
  });
  const figure = (name: keyof typeof times, what: string, wanted: string | null): Figure => ({
    what: `${what}, ms: least, median, p99`,
    is: milliseconds(times[name], 0, 0.5, 0.99),
    wanted,
  });
  const size = `${ACTIONS} actions × ${FEATURES} features`;
  return [
    figure("bench", `rankSync, ${size}, with interactions`, "p99 < 1"),
    figure("changed", `rankSync, ${size}, with interactions, each action changed`, null),
    figure("apart", `rankSync, ${size}, without interactions`, "p99 < 1"),
    figure("work", "for comparison: 100,000 multiplications", null),
  ];
}
