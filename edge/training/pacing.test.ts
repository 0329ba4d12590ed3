import { describe, expect, test } from "vitest";
import { PUBLICATION_DELAY, PUBLICATION_INTERVAL } from "./limits.ts";
import { Pacing } from "./pacing.ts";

describe("publications are paced", () => {
  test("by what changed: at once when the examples grew by a hundredth, else a second later", () => {
    const pacing = new Pacing();
    pacing.moved(5000);
    pacing.moved(5900);
    expect(pacing.due(1, 0)).toBeLessThanOrEqual(5000);
    expect(pacing.due(1010, 1000)).toBeLessThanOrEqual(5000);
    expect(pacing.due(1009, 1000)).toBe(5000 + PUBLICATION_DELAY);
    pacing.begun();
    pacing.moved(7000);
    expect(pacing.due(1009, 1000)).toBe(7000 + PUBLICATION_DELAY);
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
