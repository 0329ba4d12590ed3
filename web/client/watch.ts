/** How much of an element counts as seen: half of it, or, where it is larger than the window, half of what there is room for. */
const SEEN = 0.5;
/** Shares of an element, close enough that one comes soon after that half, however many windows long or wide it is. */
const STEPS = Array.from({ length: 60 }, (_, i) => SEEN ** (i / 4));

/**
 * Calls `seen` once, when an element has been seen: in the window, in a page that can be seen.
 * @returns A function that ends the watch.
 */
export function watchElement(element: Element, seen: () => void): () => void {
  let entry: IntersectionObserverEntry | undefined;
  const look = () => {
    if (!entry?.isIntersecting || document.visibilityState !== "visible") return;
    // A frame of another origin is not told how large the window is.
    const { intersectionRatio, intersectionRect, boundingClientRect: whole, rootBounds: room } = entry;
    const most = Math.min(whole.width, room?.width ?? innerWidth) * Math.min(whole.height, room?.height ?? innerHeight);
    if (((intersectionRect.width * intersectionRect.height) / most || intersectionRatio) < SEEN) return;
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
