import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logLambertRatio } from "../math/lambert-w.ts";
import { hingeLoss, logisticLoss, quantileLoss, signedLogisticLoss, squaredLoss } from "./loss.ts";

test("logLambertRatio solves its equation", () => {
  const logs = fc.double({ noNaN: true, min: -50, max: 50 });
  fc.assert(
    fc.property(logs, logs, (logC, logT) => {
      const c = Math.exp(logC);
      const t = Math.exp(logT);
      const d = logLambertRatio(c, t);
      expect(d).toBeGreaterThan(0);
      expect(Math.abs((d + c * Math.expm1(d)) / t - 1)).toBeLessThan(1e-13);
    }),
    { numRuns: 2000 },
  );
});

test("logLambertRatio is Lambert's function where that is known", () => {
  // W(e) = 1, the omega constant W(1), W(100).
  expect(0.5 * Math.exp(logLambertRatio(0.5, 1 + Math.LN2 - 0.5))).toBeCloseTo(1, 14);
  expect(0.1 * Math.exp(logLambertRatio(0.1, Math.log(10) - 0.1))).toBeCloseTo(0.5671432904097838, 14);
  expect(1 * Math.exp(logLambertRatio(1, Math.log(100) - 1))).toBeCloseTo(3.3856301402900502, 13);
});

describe.each([
  ["squared", squaredLoss],
  ["logistic", logisticLoss],
] as const)("%s loss", (_, loss) => {
  const score = fc.double({ noNaN: true, min: -8, max: 8 });
  const label = fc.constantFrom(0, 1);
  const positive = fc.double({ noNaN: true, min: 1e-3, max: 10 });

  test("has the derivative that its values say", () => {
    fc.assert(
      fc.property(score, label, (p, l) => {
        const y = loss.label(l);
        const slope = (loss.value(p + 1e-5, y) - loss.value(p - 1e-5, y)) / 2e-5;
        expect(loss.derivative(p, y)).toBeCloseTo(slope, 5);
      }),
    );
  });

  test("follows the gradient as many small steps would", () => {
    fc.assert(
      fc.property(score, label, positive, positive, (p, l, step, r) => {
        const y = loss.label(l);
        const steps = 20_000;
        let q = p;
        for (let i = 0; i < steps; i++) {
          q -= (loss.derivative(q, y) * step * r) / steps;
        }
        expect(Math.abs(p + r * loss.update(p, y, step, r) - q)).toBeLessThan(2e-2 * Math.max(1, Math.abs(q - p)));
      }),
      { numRuns: 30 },
    );
  });

  test("joins the flow and the plain step without a jump", () => {
    for (const p of [-3, 0.2, 2]) {
      const y = loss.label(1);
      const below = loss.update(p, y, 1, 0.999999e-6);
      const above = loss.update(p, y, 1, 1.000001e-6);
      expect(above / below).toBeCloseTo(1, 5);
    }
  });
});

describe("signed logistic loss", () => {
  const score = fc.double({ noNaN: true, min: -40, max: 40 });

  test("of a sign is the logistic loss, and between them it is a mixture", () => {
    fc.assert(
      fc.property(score, fc.double({ noNaN: true, min: -1, max: 1 }), (p, y) => {
        const share = (1 + y) / 2;
        for (const member of ["value", "derivative"] as const) {
          const mixture = share * logisticLoss[member](p, 1) + (1 - share) * logisticLoss[member](p, -1);
          expect(signedLogisticLoss[member](p, y)).toBeCloseTo(mixture, 12);
        }
        for (const sign of [-1, 1]) {
          expect(signedLogisticLoss.value(p, sign)).toBe(logisticLoss.value(p, sign));
          expect(signedLogisticLoss.vanishes(p, sign)).toBe(logisticLoss.vanishes(p, sign));
        }
      }),
    );
    expect(signedLogisticLoss.vanishes(40, 0)).toBe(false);
  });
});

describe.each([
  ["hinge", hingeLoss, [-1, 1]],
  ["quantile", quantileLoss(0.3), [-2, 5]],
] as const)("%s loss", (_, loss, labels) => {
  const score = fc.double({ noNaN: true, min: -8, max: 8 });
  const positive = fc.double({ noNaN: true, min: 1e-3, max: 10 });

  test("has the derivative that its values say, but at its kink", () => {
    fc.assert(
      fc.property(score, fc.constantFrom(...labels), (p, y) => {
        const [below, above] = [loss.value(p - 1e-6, y), loss.value(p + 1e-6, y)];
        fc.pre(Math.min(below, above) > 1e-5 || below === above);
        expect(loss.derivative(p, y)).toBeCloseTo((above - below) / 2e-6, 4);
      }),
    );
  });

  test("follows the gradient to where the loss is 0, and no further", () => {
    fc.assert(
      fc.property(score, fc.constantFrom(...labels), positive, positive, (p, y, step, r) => {
        const after = p + r * loss.update(p, y, step, r);
        expect(loss.value(after, y)).toBeLessThanOrEqual(loss.value(p, y) + 1e-12);
        const plain = p - r * step * loss.derivative(p, y);
        if (Math.sign(y - plain) === Math.sign(y - p) && loss.value(plain, y) > 0) expect(after).toBeCloseTo(plain, 10);
        else expect(loss.value(after, y)).toBeLessThan(1e-9);
      }),
      { numRuns: 500 },
    );
  });
});
