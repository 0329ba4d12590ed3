import fc from "fast-check";
import { expect, test } from "vitest";
import { firstHeard, type SessionRow } from "./heard.ts";

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
