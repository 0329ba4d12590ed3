import fc from "fast-check";
import { expect, test } from "vitest";
import { copyFeatures } from "./copy-features.ts";
import { FeatureBuffer } from "./featurebuffer.ts";

test("holds what was pushed, however often it has to grow", () => {
  const features = fc.array(fc.tuple(fc.nat(), fc.double({ noNaN: true })), { maxLength: 200 });
  fc.assert(
    fc.property(features, fc.integer({ min: 0, max: 8 }), (list, capacity) => {
      const buffer = new FeatureBuffer(capacity);
      for (const [index, value] of list) buffer.push(index, value);
      expect(buffer.length).toBe(list.length);
      expect([...buffer.indices.subarray(0, buffer.length)]).toEqual(list.map(([index]) => index));
      expect([...buffer.values.subarray(0, buffer.length)]).toEqual(list.map(([, value]) => value));
    }),
  );
});

test("reserve makes room and keeps what is there", () => {
  const buffer = new FeatureBuffer(1);
  buffer.push(5, 0.5);
  buffer.reserve(1000);
  expect(buffer.indices.length).toBeGreaterThanOrEqual(1001);
  expect(buffer.values.length).toBe(buffer.indices.length);
  expect([buffer.length, buffer.indices[0], buffer.values[0]]).toEqual([1, 5, 0.5]);
});

test("clear empties it and keeps the room", () => {
  const buffer = new FeatureBuffer(4);
  for (let i = 0; i < 100; i++) buffer.push(i, i);
  const { indices } = buffer;
  buffer.clear();
  buffer.push(7, 1);
  expect(buffer.length).toBe(1);
  expect(buffer.indices).toBe(indices);
  expect(buffer.indices[0]).toBe(7);
});

test("a copy has the features and what is known of their order, and is no longer the original's", () => {
  const from = new FeatureBuffer(2);
  for (let i = 0; i < 5; i++) from.push(i, i / 2);
  Object.assign(from, { singles: 4, plain: 3, common: 2 });
  const into = new FeatureBuffer(2);
  for (let i = 0; i < 9; i++) into.push(99, 99);
  copyFeatures(from, into);
  from.clear();
  from.push(7, 7);
  expect(into).toMatchObject({ length: 5, singles: 4, plain: 3, common: 2, parts: null });
  expect([...into.indices.subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
  expect([...into.values.subarray(0, 5)]).toEqual([0, 0.5, 1, 1.5, 2]);
});
