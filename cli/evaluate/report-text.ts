import type { Estimate } from "../../shared/evaluation/off-policy/mean-interval.ts";
import type { Row } from "./comparison.ts";
import type { LogReport } from "./evaluate-log.ts";
import type { PredictionReport, PredictionRow } from "./evaluate-predictions.ts";

const HEADER = ["policy", "learner", "SNIPS", "IPS", "DR", "effective sample size"];

/** The report as a table for people. Rewards are means per decision. */
export function reportText({ log, confidence, policies, learners, notes }: LogReport): string {
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
    ...refusals,
    ...notes,
  ].join("\n");
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
export function predictionText({ log, predictions }: PredictionReport): string {
  return [
    `${counts(log)}. Each prediction was made before its label was learned:`,
    "",
    ...table([["learner", "log loss", "ROC AUC", "squared error"], ...predictions.map(predictionCells)]),
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
