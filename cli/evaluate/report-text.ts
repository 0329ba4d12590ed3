import type { Estimate } from "../../shared/evaluation/off-policy/mean-interval.ts";
import type { Row } from "./comparison.ts";
import type { LogReport } from "./evaluate-log.ts";

const HEADER = ["policy", "learner", "SNIPS", "IPS", "DR", "effective sample size"];

/** The report as a table for people. Rewards are means per decision. */
export function reportText({ log, confidence, policies, learners, notes }: LogReport): string {
  const rows = [HEADER, ...policies.map(cells)];
  const widths = HEADER.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
  const refusals = policies.flatMap(({ policy, learner, refusal }) =>
    refusal === null ? [] : [`${policy}${learner === null ? "" : ` with ${learner}`}: ${refusal.message}`],
  );
  const errors = learners.map(
    ({ learner, weighted, squaredError }) =>
      `${learner}${weighted ? "" : " (each decision once)"} ${squaredError === null ? "-" : squaredError.toPrecision(4)}`,
  );
  return [
    `${log.name}: ${log.decisions} decisions${log.withoutOutcome > 0 ? `, and ${log.withoutOutcome} without an outcome` : ""}. Mean reward (of a cost: -cost) per decision, with ${100 * confidence} % confidence sequences:`,
    "",
    ...table,
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

const number = (x: number): string => x.toFixed(4);
