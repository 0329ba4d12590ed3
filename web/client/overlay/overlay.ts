import { untyped } from "../bindings/untyped.ts";
import type { AnyClient } from "../client.ts";
import { WatchedClient } from "./watched-client.ts";

/**
 * Shows in a corner of the page how its client decides: what was chosen with which probability, which features made the scores, what waits for the edge, and by which versions. What a
 * developer forces there is not logged, and never learned.
 *
 * Call it with the client that the page has just made: calls before it are not seen. While a page is developed, `?edgewise` in its address does it.
 * @returns A function that takes it away. What was forced goes on for the tab.
 * @example
 * const client = createClient();
 * if (location.hash === "#edgewise") overlay(client);
 */
export function overlay(client: AnyClient): () => void {
  // On a server there is no corner.
  if (typeof document === "undefined") return () => {};
  const watched = WatchedClient.of(untyped(client));
  let isEnded = false;
  let end = () => {};
  const draw = async () => {
    const { show } = await import("./show.ts");
    if (!isEnded) end = show(watched);
  };
  if (document.body) void draw();
  else document.addEventListener("DOMContentLoaded", draw, { once: true });
  return () => {
    isEnded = true;
    end();
  };
}
