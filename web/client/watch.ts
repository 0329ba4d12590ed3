/** How much of an element counts as seen: half of it, or, of one larger than the window, half of the window. */
const SEEN = 0.5;
const STEPS = [0, 0.1, 0.25, SEEN, 0.75, 1];

/**
 * Calls `seen` once, when an element has been seen: in the window, in a page that can be seen.
 * @returns A function that ends the watch.
 */
export function watchElement(element: Element, seen: () => void): () => void {
  let entry: IntersectionObserverEntry | undefined;
  const look = () => {
    if (!entry || document.visibilityState !== "visible") return;
    const { intersectionRatio, intersectionRect, rootBounds } = entry;
    const covers = rootBounds ? intersectionRect.height / Math.max(rootBounds.height, 1) : 0;
    if (!entry.isIntersecting || Math.max(intersectionRatio, covers) < SEEN) return;
    end();
    seen();
  };
  const observer = new IntersectionObserver(
    (entries) => {
      entry = entries.at(-1);
      look();
    },
    { threshold: STEPS },
  );
  const end = () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
  document.addEventListener("visibilitychange", look);
  observer.observe(element);
  return end;
}
