/** Scores this close, relative to their size, count as tied (as in Vowpal Wabbit). */
const TIE = 1e-4;

/** An infinite score, as of an action that is ruled out, is tied with none but its equal. */
export const isTied = (score: number, best: number): boolean =>
  score === best ||
  (best - score < Number.POSITIVE_INFINITY && best - score <= TIE * Math.abs(score) + TIE * Math.abs(best));
