import { expect, test } from "vitest";
import { ATTENTION, mayRedecide, REDECIDE_INTERVAL } from "./redecide.ts";

const now = 1_000_000;
const page = { visible: true, busy: false, lastDecisionAt: now - REDECIDE_INTERVAL, lastPresenceAt: now };

test("a watched, idle page that last decided long enough ago decides anew", () => {
  expect(mayRedecide(now, page)).toBe(true);
});

test.each([
  ["hidden", { visible: false }],
  ["in use", { busy: true }],
  ["decided just now", { lastDecisionAt: now - REDECIDE_INTERVAL + 1 }],
  ["left alone", { lastPresenceAt: now - ATTENTION - 1 }],
])("a page that is %s does not", (_, difference) => {
  expect(mayRedecide(now, { ...page, ...difference })).toBe(false);
});
