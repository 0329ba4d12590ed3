import { describe, expect, test } from "vitest";
import { PUBLICATION_DELAY, PUBLICATION_INTERVAL } from "./limits.ts";
import { Pacing } from "./pacing.ts";

describe("publications are paced", () => {
  test("by what changed: at once when the examples grew by a hundredth, else with what comes right behind it, once a second", () => {
    const pacing = new Pacing();
    pacing.moved(5000);
    pacing.moved(5100);
    expect(pacing.due(1, 0)).toBeLessThanOrEqual(5000);
    expect(pacing.due(1010, 1000)).toBeLessThanOrEqual(5000);
    expect(pacing.due(1009, 1000)).toBe(5000 + PUBLICATION_INTERVAL);
    pacing.begun();
    pacing.published(5250, 5260);
    pacing.moved(5400);
    expect(pacing.due(1009, 1000)).toBe(5250 + PUBLICATION_DELAY);
    // A commit between them is no publication.
    pacing.begun();
    pacing.worked(5500, 5501);
    pacing.moved(5600);
    expect(pacing.due(1009, 1000)).toBe(5250 + PUBLICATION_DELAY);
    pacing.begun();
    pacing.published(6250, 6260);
    pacing.moved(9000);
    expect(pacing.due(1009, 1000)).toBe(9000 + PUBLICATION_INTERVAL);
    expect(pacing.latest).toBe(9000 + PUBLICATION_DELAY);
  });

  test("at least a quarter of a second apart, and so that they take a tenth of the time", () => {
    const pacing = new Pacing();
    pacing.worked(1000, 1010);
    expect(pacing.due(2, 1)).toBe(1000 + PUBLICATION_INTERVAL);
    pacing.worked(1000, 1200);
    expect(pacing.due(2, 1)).toBe(3200);
    pacing.moved(1100);
    expect(pacing.latest).toBe(3200);
    pacing.moved(2500);
    pacing.begun();
    pacing.moved(2500);
    expect(pacing.latest).toBe(2500 + PUBLICATION_DELAY);
  });
});
