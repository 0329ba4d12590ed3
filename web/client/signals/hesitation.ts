import { listen, type Signal, together } from "./signal.ts";

/** What can be chosen by a pointer. */
const CHOICE = "a[href], button, [role=button], summary, label";
/** How long a pointer must rest on one without choosing it, ms. */
const LONG = 1000;

/** `page-hesitation { seconds }`: a mouse or pen rested on something to choose for a second or more, and left it alone. */
export const hesitation: Signal = (tell) => {
  let over: Element | null = null;
  let since = 0;
  const leave = () => {
    const rested = performance.now() - since;
    if (over && rested >= LONG) tell({ seconds: Math.round(rested) / 1000 });
    over = null;
  };
  return together(
    listen<PointerEvent>(document, "pointerover", ({ target, pointerType }) => {
      if (pointerType === "touch") return;
      const choice = target instanceof Element ? target.closest(CHOICE) : null;
      if (choice === over) return;
      leave();
      over = choice;
      since = performance.now();
    }),
    // Elements within are left, too.
    listen(document, "pointerleave", ({ target }) => {
      if (target === document || target === document.documentElement) leave();
    }),
    // It was chosen.
    listen(document, "click", () => {
      over = null;
    }),
  );
};
