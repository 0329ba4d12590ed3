import { expect, test } from "vitest";
import { normalCdf } from "../math/normal.ts";
import { normalDraw } from "./normal-draw.ts";

test("is fixed by the decision and the number of the draw, and differs between them", () => {
  expect(normalDraw("s.1", 3)).toBe(normalDraw("s.1", 3));
  expect(normalDraw("s.1", 3)).not.toBe(normalDraw("s.1", 4));
  expect(normalDraw("s.1", 3)).not.toBe(normalDraw("s.2", 3));
  expect([normalDraw("s.1", 0), normalDraw("ünï.7", 12)]).toMatchInlineSnapshot(`
    [
      0.30869881588216214,
      -1.2697982630563662,
    ]
  `);
});

test("is standard normal over decisions and over draws", () => {
  for (const at of [(n: number) => normalDraw(`session.${n}`, 0), (n: number) => normalDraw("session.1", n)]) {
    const counts = Array<number>(50).fill(0);
    let product = 0;
    let previous = 0;
    for (let n = 0; n < 20_000; n++) {
      const z = at(n);
      counts[Math.floor(50 * normalCdf(z))]!++;
      product += z * previous;
      previous = z;
    }
    // 49 degrees of freedom; the bound leaves out one case in a thousand, and the ids are fixed.
    expect(counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0)).toBeLessThan(85.4);
    expect(Math.abs(product / 20_000)).toBeLessThan(0.023);
  }
});
