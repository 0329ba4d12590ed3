import { listen, type Signal, together } from "./signal.ts";

/** How long after the last scroll event it is looked where the page stands, ms. */
const REST = 150;
/** Depth is told of in such steps. */
const STEP = 0.1;

/** `page-scroll { depth }`: how much of the page has been in the window, from 0 to 1, when it is a tenth more than before. Their `max` is the depth. */
export const scroll: Signal = (tell) => {
  let told = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // An observer says once for each element where it is, without the layout being read.
  const observer = new IntersectionObserver((entries) => {
    observer.disconnect();
    const { boundingClientRect: page, rootBounds } = entries.at(-1)!;
    const height = rootBounds?.height ?? innerHeight;
    const depth = Math.min(1, Math.max(0, (height - page.top) / Math.max(page.height, 1)));
    const step = Math.floor(depth / STEP + 1e-9) * STEP;
    if (step <= told) return;
    told = step;
    tell({ depth: Math.round(depth * 100) / 100 });
  });
  const look = () => {
    timer = undefined;
    observer.disconnect();
    observer.observe(document.documentElement);
  };
  return together(
    () => clearTimeout(timer),
    () => observer.disconnect(),
    listen(document, "scroll", () => {
      timer ??= setTimeout(look, REST);
    }),
  );
};
