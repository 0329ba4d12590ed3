import type { Estimate } from "../../shared/evaluation/off-policy/mean-interval.ts";
import type { Row } from "./comparison.ts";
import type { LogReport } from "./evaluate-log.ts";
import type { PredictionReport, PredictionRow } from "./evaluate-predictions.ts";
import type { DriftReport } from "./log-drift.ts";

const HEADER = ["policy", "learner", "SNIPS", "IPS", "DR", "effective sample size"];

/** Above it a population stability index is called a shift by custom. */
const SHIFT = 0.25;
const NAMED = 5;

/** The report as a table for people. Rewards are means per decision. */
export function reportText({ log, confidence, policies, learners, drift, notes }: LogReport): string {
  const refusals = policies.flatMap(({ policy, learner, refusal }) =>
    refusal === null ? [] : [`${policy}${learner === null ? "" : ` with ${learner}`}: ${refusal.message}`],
  );
  const errors = learners.map(
    ({ learner, weighted, squaredError }) =>
      `${learner}${weighted ? "" : " (each decision once)"} ${squaredError === null ? "-" : squaredError.toPrecision(4)}`,
  );
  return [
    `${counts(log)}. Mean reward (of a cost: -cost) per decision, with ${100 * confidence} % confidence sequences:`,
    "",
    ...table([HEADER, ...policies.map(cells)]),
    "",
    ...(errors.length > 0
      ? [`Squared error of predicted rewards, before they were learned: ${errors.join(", ")}.`]
      : []),
    ...(drift === null ? [] : [driftText(drift)]),
    ...refusals,
    ...notes,
  ].join("\n");
}

/** The features that shifted most are named, and all that shifted are counted. */
function driftText({ reward, score, features }: DriftReport): string {
  const sorted = Object.entries(features).sort(([, a], [, b]) => b - a);
  const shifted = sorted.filter(([, index]) => index > SHIFT);
  const parts = [
    ...(reward === null ? [] : [`reward ${reward.toFixed(2)}`]),
    ...(score === null ? [] : [`score ${score.toFixed(2)}`]),
    ...sorted.slice(0, NAMED).map(([name, index]) => `${name} ${index.toFixed(2)}`),
  ];
  const count = `${shifted.length} of ${sorted.length} features`;
  return `Drift from the first to the second half of the log (PSI; above ${SHIFT} is a shift, in ${count}): ${parts.join(", ")}${sorted.length > NAMED ? ", ..." : ""}.`;
}

function cells({ policy, learner, estimates, diagnostics }: Row): string[] {
  const figures =
    estimates === null ? ["refused", "", ""] : [estimates.snips, estimates.ips, estimates.dr].map(estimate);
  return [
    policy,
    learner ?? "",
    ...figures,
    `${diagnostics.effectiveSampleSize.toFixed(1)} of ${diagnostics.decisions}`,
  ];
}

function estimate({ value, interval }: Estimate): string {
  if (value === null) return "-";
  return interval === null ? number(value) : `${number(value)} [${number(interval.low)}, ${number(interval.high)}]`;
}

/** The same of predictions. */
export function predictionText({ log, wait, predictions, drift }: PredictionReport): string {
  return [
    `${counts(log)}. Each prediction was made before its label was learned, ${wait} later:`,
    "",
    ...table([["learner", "log loss", "ROC AUC", "squared error"], ...predictions.map(predictionCells)]),
    ...(drift === null ? [] : ["", driftText(drift)]),
  ].join("\n");
}

const predictionCells = ({ learner, logLoss, auc, squaredError }: PredictionRow): string[] => [
  learner,
  ...[logLoss, auc, squaredError].map((x) => (x === null ? "-" : number(x))),
];

const counts = ({ name, decisions, withoutOutcome }: PredictionReport["log"]): string =>
  `${name}: ${decisions} decisions${withoutOutcome > 0 ? `, and ${withoutOutcome} without an outcome` : ""}`;

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

const number = (x: number): string => x.toFixed(4);
