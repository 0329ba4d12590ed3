import { Average } from "../../cli/vw/average.ts";
import { Example } from "../../cli/vw/example.ts";
import { Expander } from "../../cli/vw/expander.ts";
import { readOptions } from "../../cli/vw/options.ts";
import { Regression } from "../../cli/vw/regression.ts";
import { ExampleCacheReader } from "../../shared/artifact/example-cache.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { AdaptiveLearner } from "../../shared/online/adaptive.ts";
import { AutoLearner } from "../../shared/online/auto/auto-learner.ts";
import { logisticLoss } from "../../shared/online/loss.ts";

/** What is timed in Node and in workerd alike. Every repetition is PASS examples, given to a new learner. */
export const PASS = 100_000;

const BITS = 18;
const CHUNK = 1 << 18;

type Parsed = { x: FeatureBuffer; label: 0 | 1 };

/**
 * @param cache of examples with simple labels, a whole part of PASS.
 * @returns by name: does it n times.
 */
export function suite(cache: Uint8Array): Record<string, (n: number) => void> {
  const examples = parse(cache);
  const over = (learn: (x: FeatureBuffer, label: 0 | 1) => void) => {
    for (let done = 0; done < PASS; done += examples.length) for (const { x, label } of examples) learn(x, label);
  };
  const times = (pass: () => void) => (n: number) => {
    for (let i = 0; i < n; i++) pass();
  };
  return {
    "parsed: plain AdaGrad": times(() => over(plainAdaGrad())),
    "parsed: AdaptiveLearner": times(() => {
      const learner = new AdaptiveLearner({ bits: BITS, learningRate: 0.5, loss: logisticLoss });
      over((x, label) => learner.learn(x, label, 1));
    }),
    "parsed: auto()": times(() => {
      const learner = new AutoLearner({ bits: BITS, loss: logisticLoss });
      over((x, label) => learner.learn(x, label, 1));
    }),
    "cache in memory: AdaptiveLearner": times(() => {
      const regression = new Regression(readOptions(["--loss_function", "logistic"]));
      const average = new Average();
      for (let done = 0; done < PASS; done += examples.length)
        read(cache, (example) => regression.example(example, true, average));
    }),
  };
}

/** Features in one pass, with the constant. */
export function featuresOf(cache: Uint8Array): number {
  const examples = parse(cache);
  return (PASS / examples.length) * examples.reduce((sum, { x }) => sum + x.length, 0);
}

function parse(cache: Uint8Array): Parsed[] {
  const expander = new Expander({ bits: BITS, features: readOptions([]).features });
  const list: Parsed[] = [];
  read(cache, (example) => {
    const x = new FeatureBuffer(64);
    expander.expand(example, null, 0, x);
    list.push({ x, label: example.label! > 0 ? 1 : 0 });
  });
  return list;
}

function read(cache: Uint8Array, onExample: (example: Example) => void): void {
  const example = new Example();
  const reader = new ExampleCacheReader({ kind() {}, next: () => example, filled: () => onExample(example) });
  for (let at = 0; at < cache.length; at += CHUNK) reader.add(cache.subarray(at, at + CHUNK));
  reader.end();
}

/**
 * The least that learning online can be: a dot product, a logistic function, and for each feature a sum of squared gradients and a step
 * by its root (Duchi, Hazan & Singer 2011). No normalisation, no importance.
 */
function plainAdaGrad(): (x: FeatureBuffer, label: 0 | 1) => void {
  const weights = new Float32Array(2 ** BITS);
  const squares = new Float32Array(2 ** BITS);
  return ({ indices, values, length }, label) => {
    let score = 0;
    for (let i = 0; i < length; i++) score += weights[indices[i]!]! * values[i]!;
    const residual = 1 / (1 + Math.exp(-score)) - label;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const gradient = residual * values[i]!;
      squares[index]! += gradient * gradient;
      if (gradient !== 0) weights[index]! -= (0.05 * gradient) / Math.sqrt(squares[index]!);
    }
  };
}
