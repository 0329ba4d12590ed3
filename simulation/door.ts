import type { Append, Appended } from "../edge/log/messages.ts";
import { NOTHING } from "../edge/log/messages.ts";
import { partitionOf } from "../edge/log/route.ts";
import type { BatchResponse, List } from "../shared/contract/envelope.ts";
import type { ActivationRecord, DecisionRecord, FeedbackRecord } from "../shared/contract/record.ts";

/** What a page posts. */
export type Batch = {
  sentAt: number;
  decisions: DecisionRecord[];
  feedback: FeedbackRecord[];
  activations: ActivationRecord[];
};
type Partitions = { getByName(name: string): { append(batch: Append): Promise<Appended> } };
type Place = { list: List; index: number; id: string };

/** Seconds after which what a partition could not take is sent again. */
const RETRY_AFTER = 2;

/**
 * The Worker's part in a batch: each partition appends its own in one transaction, and what one cannot take comes again. Schemas, keys and claims are checked before, which
 * is not simulated.
 * @param decidedAgain gives the record with what follows from the rest of it, which pages leave out.
 */
export async function takeBatch(
  partitions: Partitions,
  count: number,
  came: Batch,
  decidedAgain: (record: DecisionRecord) => DecisionRecord,
): Promise<BatchResponse> {
  const batch = { ...came, decisions: came.decisions.map(decidedAgain) };
  const answer: BatchResponse = { accepted: 0, duplicates: 0, rejected: [], unread: [] };
  const ahead = Date.now() - batch.sentAt;
  const items = [...placesOf("decisions", batch), ...placesOf("feedback", batch), ...placesOf("activations", batch)];
  await Promise.all(
    [...Map.groupBy(items, ({ id }) => partitionOf(id, count))].map(async ([name, places]) => {
      try {
        const appended = await partitions.getByName(name).append(appendOf(batch, places, ahead));
        const outcomes = [...appended.decisions, ...appended.feedback, ...appended.activations];
        for (const [i, place] of places.entries()) {
          const outcome = outcomes[i]!;
          if (outcome.status === "accepted") answer.accepted++;
          else if (outcome.status === "duplicate") answer.duplicates++;
          else if (outcome.status === "later")
            answer.unread.push({ ...place, problem: outcome.problem, retryAfter: outcome.retryAfter });
          else answer.rejected.push({ ...place, problem: outcome.problem });
        }
      } catch (error) {
        for (const place of places) answer.unread.push({ ...place, problem: String(error), retryAfter: RETRY_AFTER });
      }
    }),
  );
  return answer;
}

const placesOf = (list: List, batch: Batch): Place[] => batch[list].map(({ id }, index) => ({ list, index, id }));

function appendOf(batch: Batch, places: readonly Place[], ahead: number): Append {
  const of = <T>(list: List, items: readonly T[]): T[] =>
    places.flatMap((place) => (place.list === list ? [items[place.index]!] : []));
  return {
    ...NOTHING,
    keepRejected: true,
    decisions: of("decisions", batch.decisions).map((record) => {
      const { id, model, unit, at, deferred } = record;
      return {
        id,
        draw: drawOf(id),
        model,
        unit,
        claimedAt: at,
        at: at + ahead,
        deferred,
        body: JSON.stringify(record),
      };
    }),
    feedback: of("feedback", batch.feedback).map(({ id, value, at = null, final = false }) => ({
      ...{ id, value, final, claimedAt: at },
      at: at === null ? Date.now() : at + ahead,
    })),
    activations: of("activations", batch.activations).map(({ id, at = null }) => ({
      ...{ id, claimedAt: at },
      at: at === null ? Date.now() : at + ahead,
    })),
  };
}

/** A page's id is `<session>.<n>`. */
function drawOf(id: string): { session: string; n: number; slot: number } | undefined {
  const dot = id.indexOf(".");
  return dot < 0 ? undefined : { session: id.slice(0, dot), n: Number(id.slice(dot + 1)), slot: 0 };
}
