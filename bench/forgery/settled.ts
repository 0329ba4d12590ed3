import type { BatchResponse } from "../../shared/contract/envelope.ts";

/** Sends records, and what the edge could not check at once again, as pages do, until the edge has said yes or no to each. @param again how many were sent again. */
export async function settled(
  post: (records: readonly object[]) => Promise<BatchResponse>,
  records: readonly object[],
): Promise<{ accepted: number; rejected: BatchResponse["rejected"]; again: number }> {
  const total = { accepted: 0, rejected: [] as BatchResponse["rejected"], again: 0 };
  for (let left = records; left.length > 0; ) {
    const { accepted, duplicates, rejected, unread } = await post(left);
    total.accepted += accepted + duplicates;
    total.rejected.push(...rejected);
    total.again += unread.length;
    left = unread.map(({ index }) => left[index]!);
    const pause = Math.max(0, ...unread.map(({ retryAfter = 0 }) => retryAfter));
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  }
  return total;
}
