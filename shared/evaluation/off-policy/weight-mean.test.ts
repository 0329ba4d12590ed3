import { expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import { WeightMean } from "./weight-mean.ts";

test.each([0, 0.9, 0.99])(
  "where right propensities were logged, and a part of %s was dropped, it holds 1",
  (dropped) => {
    const random = seededRandom(11);
    const runs = 300;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const mean = new WeightMean();
      for (let n = 0; n < 8000; n++) {
        const weight = random() < 0.1 ? 10 : 0;
        // Who logs keeps each decision with a reward, and some of the others, which stand for those that were dropped.
        if (random() < 0.05) mean.update(weight, 1);
        else if (random() >= dropped) mean.update(weight, 1 / (1 - dropped));
      }
      const { low, high } = mean.interval!;
      if (low <= 1 && 1 <= high) held++;
    }
    expect(held / runs).toBeGreaterThan(0.9);
  },
);
