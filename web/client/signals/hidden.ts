import { listen, type Signal } from "./signal.ts";

/** `page-hidden`: the page went out of sight, as to another tab. */
export const hidden: Signal = (tell) =>
  listen(document, "visibilitychange", () => {
    if (document.visibilityState === "hidden") tell();
  });
