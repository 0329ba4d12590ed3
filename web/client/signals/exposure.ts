import { type Signal, together } from "./signal.ts";

/** Elements that say what they show. */
const ATTRIBUTE = "data-edgewise-item";
/** How much of one must be in the window, and for how long, ms, as advertisers count views. */
const SEEN = 0.5;
const LONG = 1000;

/** `page-exposure { item }`: an element with `data-edgewise-item="f02"` has been in the window for a second, once for each time that it comes into it. */
export const exposure: Signal = (tell) => {
  const waiting = new Map<Element, ReturnType<typeof setTimeout>>();
  const stop = (element: Element) => {
    clearTimeout(waiting.get(element));
    waiting.delete(element);
  };
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        stop(target);
        if (isIntersecting) waiting.set(target, setTimeout(expose, LONG, target));
      }
    },
    { threshold: SEEN },
  );
  const expose = (element: Element) => {
    waiting.delete(element);
    const item = element.getAttribute(ATTRIBUTE);
    if (item && document.visibilityState === "visible") tell({ item });
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
    () => changes.disconnect(),
    () => seen.disconnect(),
    () => {
      for (const timer of waiting.values()) clearTimeout(timer);
    },
  );
};
