import type { Properties } from "../../../shared/contract/values.ts";

/** Tells of something that happened in the page, as `client.track` does. */
type Tell = (properties?: Properties) => void;

/**
 * Begins to watch for one kind of event that only a page sees. Whatever it listens to it listens to passively, and it never reads the layout: what it must know of
 * places, an IntersectionObserver says.
 * @returns a function that ends it.
 */
export type Signal = (tell: Tell) => () => void;

/** Listens until the function that it returns is called; ahead of those of the page, which may stop events. */
export function listen<E extends Event>(target: EventTarget, type: string, listener: (event: E) => void): () => void {
  const options = { passive: true, capture: true } as const;
  target.addEventListener(type, listener as EventListener, options);
  return () => target.removeEventListener(type, listener as EventListener, options);
}

/** All of these, as one function. */
export const together =
  (...ends: (() => void)[]): (() => void) =>
  () => {
    for (const end of ends) end();
  };
