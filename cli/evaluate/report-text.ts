import type { Row } from "../../shared/evaluation/comparison.ts";
import type { DriftReport } from "../../shared/evaluation/drift/log-drift.ts";
import type { Estimate } from "../../shared/evaluation/off-policy/mean-interval.ts";
import type { Diagnostics, Estimates } from "../../shared/evaluation/off-policy/off-policy-evaluation.ts";
import type { SlotEstimates } from "../../shared/evaluation/off-policy/slot-evaluation.ts";
import type { PredictionRow } from "../../shared/evaluation/prediction-scores.ts";
import type { LogReport } from "./evaluate-log.ts";
import type { PredictionReport } from "./evaluate-predictions.ts";
import { rowName } from "./notes.ts";

const LISTS_HEADER = ["policy", "learner", "cascade-DR", "RIPS", "independent IPS", "ESS of lists"];
const CATEGORIES_HEADER = ["policy", "learner", "MIPS", "self-normalised", "weight", "ESS"];
const HEADER = ["policy", "learner", "DRos", "SNIPS", "IPS", "DR", "weight", "ESS"];

/** Above it a population stability index is called a shift by custom. */
const SHIFT = 0.25;
const NAMED = 5;

/** The report as a table for people, with what makes it doubtful before it. Rewards are means per decision. */
export function reportText({ log, confidence, policies, learners, drift, doubts, notes }: LogReport): string {
  const places = decimalPlaces(policies.flatMap(({ estimates }) => (estimates === null ? [] : shown(estimates))));
  const errors = learners.map(
    ({ learner, weighted, squaredError }) =>
      `${learner}${weighted ? " (weighed by 1 / propensity)" : " (each decision once)"} ${squaredError === null ? "-" : squaredError.toPrecision(4)}`,
  );
  return [
    `${counts(log)}.`,
    ...doubts,
    ...refusals(policies),
    `Mean reward (of a cost: -cost) per decision, with ${100 * confidence} % confidence sequences, DRos the one to read (where it is -: SNIPS); mean weight (target / propensity), which should be 1, with its interval; and effective sample size (ESS):`,
    "",
    ...table([HEADER, ...policies.map((row) => cells(row, places))]),
    "",
    ...listsText(policies),
    ...categoriesText(policies),
    ...(errors.length > 0
      ? [`Squared error of predicted rewards, before they were learned: ${errors.join(", ")}.`]
      : []),
    ...(drift === null ? [] : [driftText(drift)]),
    ...notes,
  ].join("\n");
}

/** What whole lists earn, where the log has lists. */
function listsText(policies: readonly Row[]): string[] {
  const rows = policies.flatMap(({ lists, ...row }) => (lists === null ? [] : [{ ...row, lists }]));
  if (rows.length === 0) return [];
  const inOrder = ({ cascadeDr, rips, independentIps }: SlotEstimates) => [cascadeDr, rips, independentIps];
  const places = decimalPlaces(rows.flatMap(({ lists }) => inOrder(lists.estimates)));
  const missing = rows.flatMap(({ lists, ...row }) =>
    lists.estimates.rips.missing === null ? [] : [`${rowName(row)}: ${lists.estimates.rips.missing}`],
  );
  return [
    `Mean reward of a list, ${rows[0]!.lists.lists} lists: all slots together. Independent IPS is right where neither what a slot earns nor what is left for it depends on the other slots, RIPS and cascade-DR where what it earns does not depend on those below:`,
    ...missing,
    "",
    ...table([
      LISTS_HEADER,
      ...rows.map(({ policy, learner, lists: { estimates, effectiveSampleSize } }) => [
        ...[policy, learner ?? ""],
        ...inOrder(estimates).map((estimate) => estimateText(estimate, places)),
        effectiveSampleSize.toFixed(1),
      ]),
    ]),
    "",
  ];
}

/** What policies earn by the categories of actions, where these are given. */
function categoriesText(policies: readonly Row[]): string[] {
  const rows = policies.flatMap(({ categories, ...row }) => (categories === null ? [] : [{ ...row, ...categories }]));
  if (rows.length === 0) return [];
  const inOrder = ({ ips, snips }: Estimates) => [ips, snips];
  const places = decimalPlaces(rows.flatMap(({ estimates }) => (estimates === null ? [] : inOrder(estimates))));
  const refused = rows.filter(({ refusal }) => refusal !== null);
  return [
    "By the categories of actions (MIPS), right if all that an action does to the reward is in its category, which a log cannot tell:",
    ...refused.map((row) => `${rowName(row)}: ${row.refusal!.message}`),
    "",
    ...table([
      CATEGORIES_HEADER,
      ...rows.map(({ policy, learner, estimates, diagnostics }) => [
        ...[policy, learner ?? ""],
        ...(estimates === null
          ? ["refused", ""]
          : inOrder(estimates).map((estimate) => estimateText(estimate, places))),
        ...[weightText(diagnostics), diagnostics.effectiveSampleSize.toFixed(1)],
      ]),
    ]),
    "",
  ];
}

/** The features that shifted most are named, and all that shifted are counted. */
function driftText({ reward, score, features, notLookedAt }: DriftReport): string {
  const sorted = Object.entries(features).sort(([, a], [, b]) => b - a);
  const shifted = sorted.filter(([, index]) => index > SHIFT);
  const parts = [
    ...(reward === null ? [] : [`reward ${reward.toFixed(2)}`]),
    ...(score === null ? [] : [`score ${score.toFixed(2)}`]),
    ...sorted.slice(0, NAMED).map(([name, index]) => `${name} ${index.toFixed(2)}`),
  ];
  const count = `${shifted.length} of ${sorted.length} features`;
  return `Drift from the first to the second half of the log (PSI; above ${SHIFT} is a shift, in ${count}): ${parts.join(", ")}${sorted.length > NAMED ? ", …" : ""}.${notLookedAt > 0 ? ` ${notLookedAt} more features were not looked at.` : ""}`;
}

/** What was refused and why: in full once for each reason. */
function refusals(rows: readonly Row[]): string[] {
  const byReason = Map.groupBy(
    rows.filter(({ refusal }) => refusal !== null),
    ({ refusal }) => refusal!.reason,
  );
  return [...byReason.values()].map(([first, ...others]) =>
    [
      `${rowName(first!)}: ${first!.refusal!.message}`,
      ...(others.length > 0 ? [`So are refused: ${others.map(rowName).join(", ")}.`] : []),
    ].join(" "),
  );
}

function cells({ policy, learner, estimates, diagnostics }: Row, places: number): string[] {
  const figures =
    estimates === null ? ["refused", "", "", ""] : shown(estimates).map((estimate) => estimateText(estimate, places));
  return [policy, learner ?? "", ...figures, weightText(diagnostics), diagnostics.effectiveSampleSize.toFixed(1)];
}

function weightText({ meanWeight, meanWeightInterval }: Diagnostics): string {
  if (meanWeight === null || meanWeightInterval === null) return "-";
  const [mean, low, high] = [meanWeight, meanWeightInterval.low, meanWeightInterval.high].map((x) => number(x, 3));
  return low === high ? mean! : `${mean} [${low}, ${high}]`;
}

function estimateText({ value, interval }: Estimate, places: number): string {
  if (value === null) return "-";
  const text = (x: number) => number(x, places);
  return interval === null ? text(value) : `${text(value)} [${text(interval.low)}, ${text(interval.high)}]`;
}

/** In the order of the header. */
const shown = ({ dros, snips, ips, dr }: Estimates): Estimate[] => [dros, snips, ips, dr];

/** Below it an estimate may be shown with one digit, or as 0. */
const SMALL = 0.001;

/** So many that the narrowest interval has two digits, and each estimate that is not small. */
function decimalPlaces(all: readonly Estimate[]): number {
  const widths = all.map(({ interval }) => (interval ? interval.high - interval.low : 1));
  const sizes = all.map(({ value }) => (value ? Math.max(SMALL, Math.abs(value)) : 1));
  const least = Math.min(1, ...widths, ...sizes);
  return Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(least || 1))));
}

/** The same of predictions. */
export function predictionText({ log, wait, predictions, learnedInTime, drift, notes }: PredictionReport): string {
  const few = wait !== null && learnedInTime < log.decisions / 2;
  return [
    `${counts(log)}. Each prediction was made before its label was learned, ${wait === null ? "which was at once, in this order" : `${wait} later`}:`,
    "",
    ...table([["learner", "log loss", "ROC AUC", "squared error"], ...predictions.map(predictionCells)]),
    ...(few || drift !== null || notes.length > 0 ? [""] : []),
    ...(few
      ? [
          `Only ${learnedInTime} of ${log.decisions} labels were ${wait} old before the last prediction, so the learners knew little. The server learns a label as soon as it is complete: a spec with a shorter wait tells more.`,
        ]
      : []),
    ...(drift === null ? [] : [driftText(drift)]),
    ...notes,
  ].join("\n");
}

const predictionCells = ({ learner, logLoss, auc, squaredError }: PredictionRow): string[] => [
  learner,
  ...[logLoss, auc, squaredError].map((x) => (x === null ? "-" : number(x))),
];

/** How much of a log counts, and how much does not. */
function counts({ name, decisions, withoutOutcome, unusable: { lines } }: PredictionReport["log"]): string {
  const others = [
    ...(withoutOutcome > 0 ? [`${withoutOutcome} without an outcome`] : []),
    ...(lines > 0 ? [`${lines === 1 ? "1 line" : `${lines} lines`} left out`] : []),
  ];
  return `${name}: ${decisions} decisions${others.map((other, i) => `${i === others.length - 1 ? ", and " : ", "}${other}`).join("")}`;
}

/** Columns as wide as what is in them. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}

/** Without the 0 before the point. */
const number = (x: number, places = 4): string => x.toFixed(places).replace(/^(-?)0\./, "$1.");
