export type Outcome = {
  /** What happened: 1 for a click. */
  reward: number;
  /** The true probability of that reward, for the action that was chosen. */
  expected: number;
  /** The same, for an action chosen at random. */
  uniform: number;
  /** The same, for the best action. */
  best: number;
};

export type Summary = Outcome & {
  decisions: number;
  /** Where reward is between uniform (0) and best (1). Noisy: clicks are. */
  way: number;
  /** The same from `expected`, without the noise of the clicks. */
  expectedWay: number;
};

/** Means over the outcomes. */
export function summarize(outcomes: readonly Outcome[]): Summary {
  const mean = (of: (o: Outcome) => number) => outcomes.reduce((sum, o) => sum + of(o), 0) / outcomes.length;
  const reward = mean((o) => o.reward);
  const expected = mean((o) => o.expected);
  const uniform = mean((o) => o.uniform);
  const best = mean((o) => o.best);
  const way = (value: number) => (value - uniform) / (best - uniform);
  return {
    decisions: outcomes.length,
    reward,
    expected,
    uniform,
    best,
    way: way(reward),
    expectedWay: way(expected),
  };
}

/** The last quarter, in the order of the decisions. */
export const lastQuarter = (outcomes: readonly Outcome[]): Outcome[] => outcomes.slice(-Math.ceil(outcomes.length / 4));

export const tableHead = "    decisions   reward  uniform     best   way from uniform to best";

/** One line of the table. `label` stands in the first column. */
export const tableLine = (label: string, s: Summary): string =>
  [
    label.padStart(13),
    s.reward.toFixed(4).padStart(8),
    s.uniform.toFixed(4).padStart(8),
    s.best.toFixed(4).padStart(8),
    `${percent(s.way).padStart(7)}  (by true click probability ${percent(s.expectedWay)})`,
  ].join(" ");

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
