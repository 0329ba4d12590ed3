import { listen, type Signal, together } from "./signal.ts";

/** Elements that say what they show. */
const ATTRIBUTE = "data-edgewise-item";
/** How much of one must be in the window, and for how long, ms, as advertisers count views. */
const SEEN = 0.5;
const LONG = 1000;

/** `page-exposure { item }`: an element with `data-edgewise-item="f02"` has been in the window for a second, once for each time that it comes into it. */
export const exposure: Signal = (tell) => {
  /** Null: it has been there for long enough, where nobody could see the page. */
  const waiting = new Map<Element, ReturnType<typeof setTimeout> | null>();
  const wait = (element: Element) => waiting.set(element, setTimeout(expose, LONG, element));
  const stop = (element: Element) => {
    clearTimeout(waiting.get(element) ?? undefined);
    waiting.delete(element);
  };
  const isVisible = () => document.visibilityState === "visible";
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        stop(target);
        if (isIntersecting) wait(target);
      }
    },
    { threshold: SEEN },
  );
  const expose = (element: Element) => {
    if (!isVisible()) {
      waiting.set(element, null);
      return;
    }
    waiting.delete(element);
    const item = element.getAttribute(ATTRIBUTE);
    if (item) tell({ item });
  };
  const forEach = (nodes: Iterable<Node>, what: (element: Element) => void) => {
    for (const node of nodes)
      if (node instanceof Element) {
        if (node.hasAttribute(ATTRIBUTE)) what(node);
        for (const inner of node.querySelectorAll(`[${ATTRIBUTE}]`)) what(inner);
      }
  };
  const watch = (element: Element) => seen.observe(element);
  const changes = new MutationObserver((records) => {
    for (const { addedNodes, removedNodes, target, type } of records) {
      if (type === "attributes") {
        // It shows something else now.
        seen.unobserve(target as Element);
        forEach([target], watch);
        continue;
      }
      forEach(removedNodes, (element) => {
        seen.unobserve(element);
        stop(element);
      });
      forEach(addedNodes, watch);
    }
  });
  changes.observe(document, { childList: true, subtree: true, attributeFilter: [ATTRIBUTE] });
  forEach([document.documentElement], watch);
  return together(
    listen(document, "visibilitychange", () => {
      if (isVisible()) for (const [element, timer] of waiting) if (timer === null) wait(element);
    }),
    () => changes.disconnect(),
    () => seen.disconnect(),
    () => {
      for (const timer of waiting.values()) clearTimeout(timer ?? undefined);
    },
  );
};
