/**
 * Reads records as logs of before stored them, which kept the actions of a list of slots once: the record of a further slot had the places of its actions in
 * that of the first, `actions_of`.
 */

/** @param record as it was stored. @param first the record whose actions it has; null when it is not there. @throws Error when there are no such actions. */
export function withFormerActions(record: string, first: string | null): string {
  const list: unknown = first === null ? null : (JSON.parse(first) as { actions?: unknown }).actions;
  if (!Array.isArray(list)) throw new Error("the first slot of a list is not in the log any more, or has no actions");
  const slot = JSON.parse(record) as { actions: number[] };
  return JSON.stringify({ ...slot, actions: slot.actions.map((place) => list[place]) });
}
