import { InputError, quoted } from "../files/input-error.ts";
import { OutcomeError } from "../files/outcome-error.ts";
import type { Example, ObservedCost } from "./example.ts";
import { readNumber } from "./read-number.ts";

/**
 * What the labels of a file are. `simple`: a number; `class`: that of a class; `costs`: of classes; `bandit`: costs of actions; `slots`: of
 * actions, by slot.
 */
export type LabelKind = "simple" | "class" | "costs" | "bandit" | "slots";

/**
 * Reads what stands before the first bar of a VW line.
 * simple: `[label [importance [base]]]`; class: `[class [importance]]`; costs: `shared`, or `class:cost`, several or none; bandit: `shared`, or `action:cost:probability` and actions without a cost.
 * slots: `ccb shared`, `ccb action`, or `ccb slot` with, perhaps, what became of it, `action:cost:probability`, and which actions it may take, `0,1`.
 * A last word that touches the bar, or begins with a quote, is a tag and does not count.
 * @throws InputError when it is no label.
 */
export function readLabel(text: string, kind: LabelKind, into: Example): void {
  const words = text.split(/[ \t\r]+/);
  const touches = words.at(-1) !== "";
  if (!touches) words.pop();
  if (words[0] === "") words.shift();
  const last = words.at(-1);
  if (last !== undefined && (touches || last.startsWith("'"))) words.pop();
  if (kind === "simple") readSimple(words, into);
  else if (kind === "class") readClass(words, into);
  else if (kind === "slots") readSlot(words, into);
  else if (kind === "costs") for (const word of words) readClassCost(word, into);
  else {
    for (const word of words) readCost(word, into);
    if (into.observed === null && words.some((word) => COST.test(word)))
      throw new OutcomeError(
        "label",
        `a cost has no probability: ${quoted(words.join(" "))} should be "action:cost:probability"`,
      );
  }
}

/** How a cost begins. */
const COST = /^\d+:./;

function readSimple(words: readonly string[], into: Example): void {
  if (words.length > 3) throw new InputError(`a label is "label importance base", not ${quoted(words.join(" "))}`);
  const [label, importance, base] = words;
  if (label !== undefined) into.label = number(label, "label");
  if (importance !== undefined) into.importance = number(importance, "importance");
  if (base !== undefined) into.base = number(base, "base");
  if (into.importance < 0) throw new InputError(`importance ${importance} is below 0`);
}

function readClass(words: readonly string[], into: Example): void {
  const [label, importance, ...more] = words;
  if (more.length > 0) throw new InputError(`a label is "class importance", not ${quoted(words.join(" "))}`);
  if (label === undefined) return;
  if (!/^-?\d+$/.test(label)) throw new InputError(`class ${quoted(label)} is not a whole number`);
  into.label = Number(label);
  // VW counts what is below 0 as 0.
  if (importance !== undefined) into.importance = Math.max(number(importance, "importance"), 0);
}

function readClassCost(word: string, into: Example): void {
  if (word === "shared") {
    into.shared = true;
    return;
  }
  const [label, cost, ...more] = word.split(":");
  if (more.length > 0 || !/^\d+$/.test(label!))
    throw new InputError(`what a class costs is "class:cost", not ${quoted(word)}`);
  into.costs.push({ label: Number(label), cost: cost === undefined ? null : number(cost, "cost") });
}

function readSlot([ccb, type, ...words]: readonly string[], into: Example): void {
  const isPlain = type === "shared" || type === "action";
  if (ccb !== "ccb" || !(isPlain || type === "slot") || (isPlain && words.length > 0))
    throw new InputError('a line of a decision of several slots begins with "ccb shared", "ccb action" or "ccb slot"');
  into.shared = type === "shared";
  if (isPlain) return;
  into.slot = { outcome: null, included: [] };
  for (const word of words)
    if (word.includes(":")) into.slot.outcome = outcome(word);
    else into.slot.included.push(...word.split(",").map(Number));
}

/** `action:cost:probability`, and the probabilities of others after commas, which do not count. */
function outcome(word: string): ObservedCost {
  const [action, cost, probability, ...more] = word.split(",")[0]!.split(":");
  if (!/^\d+$/.test(action!) || cost === undefined || probability === undefined || more.length > 0)
    throw new InputError(`what became of a slot is "action:cost:probability", not ${quoted(word)}`);
  return countedCost(observedCost(Number(action), number(cost, "cost"), number(probability, "probability")));
}

function readCost(word: string, into: Example): void {
  if (word === "shared") {
    into.shared = true;
    return;
  }
  const [action, cost, probability, ...more] = word.split(":");
  if (more.length > 0 || !/^\d+$/.test(action!))
    throw new InputError(`a bandit's label is "action:cost:probability", not ${quoted(word)}`);
  if (cost === undefined || cost === "") return;
  // Of several costs the first with a probability counts (as in VW): the others are no observations.
  if (into.observed !== null || probability === undefined) return;
  into.observed = observedCost(Number(action), number(cost, "cost"), number(probability, "probability"));
}

/** As it is written: one whose probability is above 1 is none (countedCost). @throws InputError when the probability is not above 0. */
export function observedCost(action: number, cost: number, probability: number): ObservedCost {
  if (!(probability > 0)) throw new InputError(`the probability of a cost must be above 0, not ${probability}`);
  return { action, cost, probability };
}

/** As VW counts it: a probability above 1 counts as 1. */
export const countedCost = ({ action, cost, probability }: ObservedCost): ObservedCost => ({
  action,
  cost,
  probability: Math.min(probability, 1),
});

function number(text: string, what: string): number {
  const value = readNumber(Buffer.from(text), 0, text.length);
  if (!Number.isFinite(value)) throw new InputError(`${what} ${quoted(text)} is not a number`);
  return value;
}
