import { expect, test } from "vitest";
import { Admission } from "./admission.ts";

const limits = { calls: { high: 4, low: 2 }, bytes: { high: 1000, low: 500 }, longest: 100 };

test("sends away from the high watermark on, until the low one", () => {
  const admission = new Admission(limits);
  const places = [1, 1, 1, 1, 1].map((bytes) => admission.enter(bytes, 0));
  expect(places.map((place) => place !== null)).toEqual([true, true, true, true, false]);
  expect([admission.isFull(0), admission.inside]).toEqual([true, { calls: 4, bytes: 4 }]);
  admission.leave(places[0]!);
  admission.leave(places[0]!);
  expect(admission.enter(1, 0)).toBeNull();
  admission.leave(places[1]!);
  expect(admission.enter(1, 0)).not.toBeNull();
});

test("counts bytes alike, and lets in one call of any size when there is nothing else", () => {
  const admission = new Admission(limits);
  const large = admission.enter(5000, 0)!;
  expect(admission.enter(1, 0)).toBeNull();
  admission.leave(large);
  expect(admission.enter(400, 0)).not.toBeNull();
  const second = admission.enter(700, 0)!;
  expect(admission.enter(1, 0)).toBeNull();
  admission.leave(second);
  expect([admission.isFull(0), admission.inside]).toEqual([false, { calls: 1, bytes: 400 }]);
});

test("forgets calls that were ended without a word", () => {
  const admission = new Admission(limits);
  for (const at of [0, 0, 50, 50]) admission.enter(1, at);
  expect([admission.isFull(100), admission.isFull(101), admission.inside.calls]).toEqual([true, false, 2]);
});

test("refuses watermarks that are none", () => {
  expect(() => new Admission({ ...limits, calls: { high: 2, low: 2 } })).toThrow("under the high one");
});

test("keeps nobody inside when the clock has gone back since", () => {
  const admission = new Admission(limits);
  for (let n = 0; n < 4; n++) admission.enter(1, 3_600_000);
  expect([admission.isFull(3_600_050), admission.isFull(0), admission.inside.calls]).toEqual([true, false, 0]);
});
