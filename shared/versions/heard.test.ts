import fc from "fast-check";
import { expect, test } from "vitest";
import { SESSION_DAYS } from "../contract/limits.ts";
import { unsignedSession } from "../contract/unsigned-session.ts";
import { firstHeard, isWaitedFor, type SessionRow } from "./heard.ts";

test("it is waited for a page that sends in the last moment of its session, by a log whose time is the next day or ahead", () => {
  const DAY = 24 * 3_600_000;
  const issued = Date.UTC(2026, 10, 29);
  const id = `${unsignedSession(1, issued)}.0`;
  for (const days of [0, SESSION_DAYS, SESSION_DAYS + 1, SESSION_DAYS + 11, -3])
    expect(isWaitedFor(id, issued + days * DAY), `${days}`).toBe(true);
  expect(isWaitedFor(id, issued + 2 * 365 * DAY)).toBe(false);
});

test("the first row that says that a page was there is found, as by looking at each, also behind thousands of others", () => {
  const rows = fc
    .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), at: fc.integer({ min: 0, max: 300 }) }), {
      maxLength: 400,
      size: "max",
    })
    .map((steps): SessionRow[] => {
      let offset = 0;
      return steps.map(({ gap, at }) => {
        offset += gap;
        return { offset, at, receivedAt: offset };
      });
    });
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 1300 }), fc.integer({ min: 0, max: 310 }), (session, after, since) => {
      const plain = session.find((row) => row.offset > after && row.at >= since) ?? null;
      expect(firstHeard(session, after, since)).toBe(plain);
      expect(firstHeard(session, after, since)).toBe(plain);
    }),
  );
});
