import fc from "fast-check";
import { expect, test } from "vitest";
import { type DelayedExample, replayDelayed } from "../../conformance/delayed-stream.ts";
import { seededRandom } from "../../conformance/random.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { AdaptiveLearner } from "../online/adaptive.ts";
import { AutoLearner } from "../online/auto/auto-learner.ts";
import { logisticLoss, squaredLoss } from "../online/loss.ts";
import { type AnsweredQuestion, ProgressiveValidation } from "./progressive-validation.ts";

/** Predicts how many examples it has learned, so that a prediction tells when it was made. */
class Counting {
  readonly learned: { x: number[]; label: number; importance: number }[] = [];
  predict(): number {
    return this.learned.length;
  }
  learn(x: FeatureBuffer, label: number, importance: number): number {
    if (label < 0) throw new RangeError("label");
    this.learned.push({ x: [...x.indices.subarray(0, x.length)], label, importance });
    return 0;
  }
}

const features = (...indices: number[]) => {
  const x = new FeatureBuffer();
  for (const index of indices) x.push(index, 1);
  return x;
};

test("measures the prediction of the time of the question, and learns the question's features", () => {
  const learner = new Counting();
  const answers: AnsweredQuestion[] = [];
  const validation = new ProgressiveValidation(learner, { onAnswer: (answer) => answers.push(answer) });
  const x = features(7);
  expect(validation.ask("a", x, 0)).toBe(0);
  x.clear();
  x.push(8, 1);
  expect(validation.ask("b", x, 1)).toBe(0);
  expect(validation.answer("b", 1, 2)).toBe("learned");
  expect(validation.ask("c", x, 3)).toBe(1);
  expect(validation.answer("a", 0, 4, 2.5)).toBe("learned");
  expect(learner.learned).toEqual([
    { x: [8], label: 1, importance: 1 },
    { x: [7], label: 0, importance: 2.5 },
  ]);
  expect(answers).toEqual([
    { id: "b", prediction: 0, label: 1, importance: 1, askedAt: 1, answeredAt: 2, isDefault: false },
    { id: "a", prediction: 0, label: 0, importance: 2.5, askedAt: 0, answeredAt: 4, isDefault: false },
  ]);
  expect([validation.asked, validation.answered, validation.open, validation.expired]).toEqual([3, 2, 1, 0]);
});

test("lets the learner know which features are interactions, as when it learns by itself", () => {
  const [alone, validated] = [0, 1].map(() => new AutoLearner({ bits: 8, loss: logisticLoss })) as [
    AutoLearner,
    AutoLearner,
  ];
  const validation = new ProgressiveValidation(validated);
  const random = seededRandom(1);
  for (let i = 0; i < 50; i++) {
    const x = features(1, 2 + Math.floor(2 * random()), 4, 5 + Math.floor(8 * random()));
    [x.plain, x.singles, x.common] = [2, 3, 1];
    const label = random() < 0.5 ? 0 : 1;
    expect(validation.ask(`${i}`, x, i)).toBe(alone.predict(x));
    alone.learn(x, label, 1);
    x.clear();
    validation.answer(`${i}`, label, i);
  }
  expect(validated.state()).toEqual(alone.state());
});

test("drops a question whose answer is late, and says so once", () => {
  const validation = new ProgressiveValidation(new Counting(), { maxDelay: 10 });
  validation.ask("a", features(1), 0);
  validation.ask("b", features(1), 0);
  expect(validation.answer("a", 1, 10)).toBe("learned");
  expect(validation.answer("b", 1, 10.5)).toBe("late");
  expect(validation.answer("b", 1, 11)).toBe("unknown");
  expect(validation.answer("never asked", 1, 11)).toBe("unknown");
  expect([validation.answered, validation.expired, validation.open]).toEqual([1, 1, 0]);
});

test("learns the default label when the delay is over, before what comes after it", () => {
  const learner = new Counting();
  const answers: AnsweredQuestion[] = [];
  const options = { maxDelay: 10, defaultLabel: 0, onAnswer: (answer: AnsweredQuestion) => answers.push(answer) };
  const validation = new ProgressiveValidation(learner, options);
  validation.ask("a", features(1), 0);
  validation.ask("b", features(2), 5);
  expect(validation.ask("c", features(3), 12)).toBe(1);
  validation.advance(100);
  expect(answers.map(({ id, label, answeredAt, isDefault }) => [id, label, answeredAt, isDefault])).toEqual([
    ["a", 0, 10, true],
    ["b", 0, 15, true],
    ["c", 0, 22, true],
  ]);
  expect([validation.expired, validation.open]).toEqual([3, 0]);
});

test("refuses an open id, a time that goes back, and a negative delay; a refused label leaves the question open", () => {
  const validation = new ProgressiveValidation(new Counting());
  validation.ask("a", features(1), 5);
  expect(() => validation.ask("a", features(1), 6)).toThrow("open already");
  expect(() => validation.ask("b", features(1), 4)).toThrow("goes back");
  expect(() => validation.advance(Number.NaN)).toThrow("goes back");
  expect(() => validation.answer("a", -1, 7)).toThrow("label");
  expect(validation.answer("a", 1, 8)).toBe("learned");
  expect(() => new ProgressiveValidation(new Counting(), { maxDelay: -1 })).toThrow(RangeError);
});

const delayed = fc.array(
  fc.record({ askedAt: fc.integer({ min: 0, max: 30 }), delay: fc.option(fc.integer({ min: 0, max: 20 })) }),
  { maxLength: 30 },
);

test("a log in any order is replayed in order of time, and never predicts from what was not known yet", () => {
  fc.assert(
    fc.property(delayed, fc.integer({ min: 0, max: 25 }), (log, maxDelay) => {
      const examples = log.map(({ askedAt, delay }, i): DelayedExample => {
        const answer = delay === null ? null : { label: i, at: askedAt + delay };
        return { id: `${i}`, x: features(i), askedAt, answer };
      });
      const answers: AnsweredQuestion[] = [];
      const validation = new ProgressiveValidation(new Counting(), { maxDelay, onAnswer: (a) => answers.push(a) });
      replayDelayed(validation, examples);
      validation.advance(1000);
      const inTime = log.flatMap(({ askedAt, delay }, i) =>
        delay === null || delay > maxDelay ? [] : [{ i, askedAt, answeredAt: askedAt + delay }],
      );
      expect(answers.map(({ label }) => label).sort((a, b) => a - b)).toEqual(inTime.map(({ i }) => i));
      expect(validation.expired).toBe(log.length - inTime.length);
      for (const { prediction, askedAt } of answers) {
        const before = inTime.filter((other) => other.answeredAt < askedAt).length;
        const until = inTime.filter((other) => other.answeredAt <= askedAt).length;
        expect(prediction).toBeGreaterThanOrEqual(before);
        expect(prediction).toBeLessThanOrEqual(until);
      }
    }),
  );
});

test("refuses a log with an answer older than its question", () => {
  const validation = new ProgressiveValidation(new Counting());
  const example = { id: "a", x: features(1), askedAt: 5, answer: { label: 1, at: 4 } };
  expect(() => replayDelayed(validation, [example])).toThrow("older");
});

test("without delay it is the learner's own progressive loss; with delay it is worse on a stream that drifts", () => {
  const random = seededRandom(3);
  const stream = Array.from({ length: 2000 }, (_, i) => {
    const index = Math.floor(random() * 4);
    return { index, label: index < 2 === i < 1000 ? 1 : 0 };
  });
  const measure = (delay: number) => {
    const learner = newLearner();
    let loss = 0;
    const onAnswer = ({ prediction, label }: AnsweredQuestion) => {
      loss += (prediction - label) * (prediction - label);
    };
    const examples = stream.map(({ index, label }, i): DelayedExample => {
      return { id: `${i}`, x: features(index), askedAt: i, answer: { label, at: i + delay } };
    });
    replayDelayed(new ProgressiveValidation(learner, { onAnswer }), examples);
    return loss;
  };
  const learner = newLearner();
  let own = 0;
  for (const { index, label } of stream) own += learner.learn(features(index), label, 1);
  expect(measure(0)).toBeCloseTo(own, 8);
  expect(measure(100)).toBeGreaterThan(1.05 * own);
});

const newLearner = () => new AdaptiveLearner({ bits: 4, learningRate: 0.5, loss: squaredLoss });
