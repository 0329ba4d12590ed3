import { listen, type Signal, together } from "./signal.ts";

/** `page-back`: the visitor came back to this page by the browser's back or forward, or went so within it. */
export const back: Signal = (tell) => {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (navigation?.type === "back_forward") tell();
  return together(
    listen(window, "popstate", () => tell()),
    listen<PageTransitionEvent>(window, "pageshow", ({ persisted }) => {
      if (persisted) tell();
    }),
  );
};
