/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties counting half. Exact, by the sum of
 * the positives' mid-ranks (Mann & Whitney 1947; Hanley & McNeil 1982). O(n log n).
 * @param scores Any numbers; only their order matters.
 * @param labels 1 for a positive, anything else for a negative; as many as scores.
 * @returns 0 to 1, or null without both a positive and a negative.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  const n = scores.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    let positivesHere = 0;
    for (; end < n && scores[order[end]!] === scores[order[start]!]; end++)
      if (labels[order[end]!] === 1) positivesHere++;
    // Ranks count from 1; everyone in a tie gets the tie's mean rank.
    rankSum += positivesHere * ((start + 1 + end) / 2);
    positives += positivesHere;
    start = end;
  }
  const negatives = n - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
