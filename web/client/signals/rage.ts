import { listen, type Signal } from "./signal.ts";

/** So many clicks, */
const CLICKS = 3;
/** within so many ms, */
const SOON = 1000;
/** and so many CSS pixels of each other. */
const NEAR = 30;

/** `page-rage { clicks }`: the visitor clicked again and again in one place; told when that has ended. */
export const rage: Signal = (tell) => {
  let clicks: { x: number; y: number; at: number }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    if (clicks.length >= CLICKS) tell({ clicks: clicks.length });
    clicks = [];
  };
  const stop = listen<MouseEvent>(document, "click", ({ clientX: x, clientY: y }) => {
    const at = performance.now();
    const last = clicks.at(-1);
    if (last && (at - last.at > SOON || Math.hypot(x - last.x, y - last.y) > NEAR)) end();
    clicks.push({ x, y, at });
    clearTimeout(timer);
    timer = setTimeout(end, SOON);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
};
