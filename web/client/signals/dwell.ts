import { listen, type Signal, together } from "./signal.ts";

/** How often time that passes is told of, ms: a decision of the same page knows of it so soon. */
const STEP = 10_000;
/** Less than this is not worth an event, ms. */
const LEAST = 100;

/** `page-dwell { seconds }`: for how long the page could be seen since the last of them. Their `sum` is the time spent on it. */
export const dwell: Signal = (tell) => {
  let since: number | null = null;
  const go = () => {
    since ??= document.visibilityState === "visible" ? performance.now() : null;
  };
  const count = () => {
    if (since === null) return;
    const passed = performance.now() - since;
    since = null;
    if (passed >= LEAST) tell({ seconds: Math.round(passed) / 1000 });
  };
  const turn = () => {
    count();
    go();
  };
  go();
  const timer = setInterval(turn, STEP);
  return together(
    count,
    () => clearInterval(timer),
    listen(document, "visibilitychange", turn),
    listen(window, "pagehide", count),
    listen(window, "pageshow", go),
  );
};
