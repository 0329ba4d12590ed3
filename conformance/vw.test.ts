import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { CONSTANT, hashFeature, hashNamespace } from "../shared/features/hash.ts";
import { AdaptiveLearner } from "../shared/online/adaptive.ts";
import { type Loss, logisticLoss, squaredLoss } from "../shared/online/loss.ts";

/** Vowpal Wabbit's own test inputs and the average loss it prints for them; they lie beside the repository. */
const DATA = new URL("../../shared/data/vw/", import.meta.url);
const BITS = 18;

type Example = { label: number; importance: number; x: FeatureBuffer };

/** The part of VW's text format that these files use: `label [importance] ['tag]|ns[:scale] name[:value] ...`. */
function parse(line: string): Example {
  const [head, ...namespaces] = line.split("|");
  const [label, importance] = head!
    .trim()
    .split(/\s+/)
    .filter((word) => !word.startsWith("'"));
  const x = new FeatureBuffer();
  for (const text of namespaces) {
    const [first, ...rest] = text.split(/\s+/);
    const [namespace, scale] = first!.split(":");
    const seed = namespace ? hashNamespace(namespace) : 0;
    for (const word of rest.filter((w) => w !== "")) {
      const [name, value] = word.split(":");
      const number = Math.fround(Number(value ?? 1)) * Number(scale ?? 1);
      if (number !== 0) x.push(hashFeature(name!, seed) & (2 ** BITS - 1), number);
    }
  }
  x.push(CONSTANT & (2 ** BITS - 1), 1);
  return { label: Number(label), importance: Number(importance ?? 1), x };
}

function averageLoss(file: string, loss: Loss, label: (label: number) => number): number {
  const learner = new AdaptiveLearner({ bits: BITS, learningRate: 0.5, loss });
  let sum = 0;
  let weight = 0;
  for (const line of readFileSync(new URL(file, DATA), "utf8").split("\n")) {
    if (line.trim() === "") continue;
    const example = parse(line);
    sum += example.importance * learner.learn(example.x, label(example.label), example.importance);
    weight += example.importance;
  }
  return sum / weight;
}

test("this file's parser gives the indices and values that VW gives", () => {
  const { label, importance, x } = parse("1 2 'tag |a:2 abc 13 |b y=2 x:1.5 zero:0");
  expect([label, importance]).toEqual([1, 2]);
  const features = Array.from({ length: x.length }, (_, i) => [x.indices[i], x.values[i]]);
  expect(features.slice(0, 3)).toEqual([
    [218098, 2],
    [92607, 2],
    [53348, 1],
  ]);
  expect(features[3]![1]).toBe(1.5);
  expect(features.slice(4)).toEqual([[116060, 1]]);
});

if (existsSync(DATA))
  test.each([
    ["rcv1_small.dat", "logistic", logisticLoss, (y: number) => (y > 0 ? 1 : 0), 0.429393],
    ["rcv1_small.dat", "squared", squaredLoss, (y: number) => y, 0.502732],
    ["0001.dat", "squared", squaredLoss, (y: number) => y, 0.19576],
    ["0002.dat", "squared", squaredLoss, (y: number) => y, 0.003499],
  ] as const)("%s with %s loss: VW's average loss to 4 digits", (file, _, loss, label, expected) => {
    expect(averageLoss(file, loss, label).toPrecision(4)).toBe(expected.toPrecision(4));
  });
