import type { ComparedPolicy } from "../../shared/evaluation/compared-policy.ts";
import type { Row } from "../../shared/evaluation/comparison.ts";
import type { EvaluationReport } from "../../shared/evaluation/log-evaluation.ts";
import type { LogSurvey } from "../../shared/evaluation/log-survey.ts";
import { type MissingFeatures, PLACE } from "../../shared/evaluation/missing-features.ts";
import { UNEQUAL } from "../../shared/evaluation/off-policy/off-policy-evaluation.ts";

/** Refusals that say themselves what is wrong with the propensities. */
const TOLD: readonly string[] = ["unsupported-actions", "propensities"];

/** What figures are not to be trusted, and why there are none, but for what refusals say. */
export function doubts(
  rows: readonly Row[],
  neverChosen: string | null,
  survey: Pick<LogSurvey, "claims" | "decisions" | "withoutOutcome" | "lowest" | "highest">,
): string[] {
  const { problem, looksLikePerCent } = survey.claims;
  const wrong = rows.filter(
    ({ diagnostics, refusal }) => diagnostics.farFromOne !== null && !TOLD.includes(refusal?.reason ?? ""),
  );
  const named = wrong.map((row) => `${rowName(row)} ${row.diagnostics.meanWeight!.toPrecision(3)}`);
  const about =
    wrong.length === 0
      ? []
      : [
          `The mean weight (target / propensity) should be 1, and is further from it than chance explains: ${named.join(", ")}. ${whyFar(survey)}: these estimates cannot be trusted.${looksLikePerCent ? " They look like per cent: divide them by 100." : ""}`,
        ];
  const empty = Map.groupBy(
    rows.flatMap((row) => {
      const missing =
        row.estimates &&
        [row.estimates.dros, row.estimates.snips, row.estimates.ips, row.estimates.dr].find(
          ({ value, interval, missing }) => value !== null && interval === null && missing !== UNEQUAL,
        )?.missing;
      return missing ? [{ row, missing }] : [];
    }),
    ({ missing }) => missing,
  );
  const isTold = rows.some(({ refusal }) => TOLD.includes(refusal?.reason ?? ""));
  return [
    ...unlogged(survey),
    ...(problem === null || isTold ? [] : [problem.message]),
    ...(neverChosen === null || rows.some(({ refusal }) => refusal?.reason === "unsupported-actions")
      ? []
      : [neverChosen]),
    ...about,
    ...[...empty].map(([missing, of]) => `${of.map(({ row }) => rowName(row)).join(", ")}: ${missing}`),
  ];
}

/** From this share on of decisions without an outcome what is left may be no sample of the log. */
const MANY = 0.1;

const without = ({ decisions, withoutOutcome }: Parameters<typeof doubts>[2]): string =>
  `${withoutOutcome} of ${decisions + withoutOutcome} decisions have no outcome, and do not count`;

const hasFew = ({ decisions, withoutOutcome }: Parameters<typeof doubts>[2]): boolean =>
  withoutOutcome > MANY * (decisions + withoutOutcome);

/** Where nothing but successes is logged, or mostly, what is left says nothing of how often there are any. */
function unlogged(survey: Parameters<typeof doubts>[2]): string[] {
  const { decisions, withoutOutcome, lowest, highest } = survey;
  const isOne = withoutOutcome > 0 && lowest === highest;
  if (!(isOne || hasFew(survey))) return [];
  const others = isOne ? `, and all ${decisions} others have the reward ${lowest}` : "";
  return [
    `${without(survey)}${others}: if none means that nothing came of a decision, the log must say so (a reward of 0), or the figures are wrong.`,
  ];
}

const whyFar = (survey: Parameters<typeof doubts>[2]): string =>
  hasFew(survey)
    ? "So whether a decision has an outcome hangs on what was chosen, or the logged propensities are not those of what chose"
    : "So the logged propensities are not those of what chose";

export const rowName = ({ policy, learner }: Pick<Row, "policy" | "learner">): string =>
  learner === null ? policy : `${policy} with ${learner}`;

/** What to know when reading the figures, beginning with what the log has no values for. */
export function notes(
  { rewards, propensities, minPropensity }: EvaluationReport["log"],
  asked: { policies: readonly ComparedPolicy[]; minPropensity: number | null },
  { unequal }: LogSurvey,
  missing: MissingFeatures | null,
): string[] {
  const notes: string[] = [];
  const { names: all, decisions } = missing?.report ?? { names: [], decisions: 0 };
  // Of places more is said, with the doubts (missing-places.ts).
  const names = all.filter((name) => !name.startsWith(PLACE));
  if (names.length > 0)
    notes.push(
      `The log has no values for these features of the spec (first ${decisions} decisions): ${names.join(", ")}. They tell the learners nothing here.`,
    );
  if (asked.policies.some(({ type }) => type === "scored"))
    notes.push(
      "Intervals are proven for policies that stay the same: of one that learns they are for its mean over the log, by approximation.",
    );
  if (rewards.assumed)
    notes.push(
      `Rewards are taken to be from ${rewards.low} to ${rewards.high}, as those of the log are: else give --rewards.`,
    );
  if (propensities === "uniform")
    notes.push("All actions were chosen with probability 1 / K, so the log is taken to be of uniform choices.");
  if (propensities === "unknown") {
    notes.push(
      "The log does not tell the probabilities of the actions that were not chosen: of what chose there is no direct method and no doubly robust estimate.",
    );
    if (minPropensity === null)
      notes.push(
        "Upper ends of intervals are far too high where rewards are rare, because an action could have been as improbable as one likes: if you know how improbable, give --min-propensity.",
      );
    else if (asked.minPropensity === null)
      notes.push(
        `Actions were chosen with two probabilities, as an epsilon-greedy policy does: the log is taken to be of one, so no action was less probable than ${minPropensity.toPrecision(3)}.`,
      );
  }
  if (unequal)
    notes.push(
      "The log dropped decisions with different probabilities: learning and estimates weigh them, and there are no intervals, which are proven for decisions that count alike.",
    );
  return notes;
}
