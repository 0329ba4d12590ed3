import { expect, test } from "vitest";
import { visitorContext } from "./visitor-context.ts";

test.each([
  [390, true, "phone"],
  [820, true, "tablet"],
  [820, false, "desktop"],
  [1440, false, "desktop"],
  [3840, false, "tv"],
])("a window of %i px (touch: %s) is a %s", (width, touch, device) => {
  expect(visitorContext(width, touch, 12).device).toBe(device);
});

test.each([
  [4, "night"],
  [5, "morning"],
  [12, "afternoon"],
  [17, "evening"],
  [22, "night"],
])("%i o'clock is %s", (hour, daypart) => {
  expect(visitorContext(390, true, hour).daypart).toBe(daypart);
});
