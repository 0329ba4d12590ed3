import type { VisitorContext } from "../../models/home-hero/visitors.ts";

/** What the page knows of a visitor before anything was opened. */
export function visitorContext(width: number, coarsePointer: boolean, hour: number): VisitorContext {
  return {
    device: width < 640 ? "phone" : width < 1100 && coarsePointer ? "tablet" : width > 2400 ? "tv" : "desktop",
    daypart: hour < 5 ? "night" : hour < 12 ? "morning" : hour < 17 ? "afternoon" : hour < 22 ? "evening" : "night",
  };
}
