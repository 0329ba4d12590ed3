/** Scores this close, relative to their size, count as tied (as in Vowpal Wabbit). */
const TIE = 1e-4;

export const isTied = (score: number, best: number): boolean =>
  score === best || best - score <= TIE * Math.abs(score) + TIE * Math.abs(best);
