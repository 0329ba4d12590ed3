import { sessionOf } from "../../shared/contract/issued-session.ts";
import type { Append, Appended } from "./messages.ts";

/** The part of an append that belongs to one owner, and the places in the whole of what it has. */
export type Part<Owner> = { owner: Owner; batch: Append; places: { [L in keyof Appended]: number[] } };

/** The sessions that an append has anything of. */
export const sessionsIn = ({ decisions, feedback, activations, waiting }: Append): string[] => [
  ...new Set([...[...decisions, ...feedback, ...activations].map(({ id }) => sessionOf(id)), ...waiting]),
];

/**
 * Divides an append by whose its items are.
 * @param own who keeps what could not be used, whatever session it may be of: there is always a part of his, which comes first.
 * @param ownerOf by an item's id, or by a session.
 */
export function divide<Owner>(batch: Append, own: Owner, ownerOf: (id: string) => Owner): Part<Owner>[] {
  const parts = new Map<Owner, Part<Owner>>();
  const partOf = (owner: Owner): Part<Owner> => {
    const known = parts.get(owner);
    if (known) return known;
    const nothing = { decisions: [], feedback: [], activations: [], unusable: [], waiting: [] };
    const part = { owner, batch: { ...batch, ...nothing }, places: { decisions: [], feedback: [], activations: [] } };
    parts.set(owner, part);
    return part;
  };
  partOf(own).batch.unusable = batch.unusable;
  const give = <L extends keyof Appended>(list: L) => {
    for (const [place, item] of batch[list].entries()) {
      const part = partOf(ownerOf(item.id));
      (part.batch[list] as (typeof item)[]).push(item);
      part.places[list].push(place);
    }
  };
  give("decisions");
  give("feedback");
  give("activations");
  for (const session of batch.waiting) partOf(ownerOf(session)).batch.waiting.push(session);
  return [...parts.values()];
}

/** The outcomes of a whole append by those of its parts. */
export function together(parts: readonly (Pick<Part<unknown>, "places"> & { appended: Appended })[]): Appended {
  const whole: Appended = { decisions: [], feedback: [], activations: [] };
  const put = <L extends keyof Appended>(list: L) => {
    for (const { places, appended } of parts)
      for (const [i, place] of places[list].entries()) whole[list][place] = appended[list][i]!;
  };
  put("decisions");
  put("feedback");
  put("activations");
  return whole;
}

/** Outcomes of items of which nothing is taken, and which are to come again. */
export function later(batch: Append, problem: string, retryAfter: number): Appended {
  const all = (items: readonly unknown[]) => items.map(() => ({ status: "later", problem, retryAfter }) as const);
  return { decisions: all(batch.decisions), feedback: all(batch.feedback), activations: all(batch.activations) };
}
