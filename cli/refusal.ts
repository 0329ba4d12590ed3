import type { Problem } from "../shared/contract/problem.ts";

/**
 * What places of a call are called by whoever made it: `{ "body.stage": "--stage" }`. What is inside such a place follows its name, so
 * `{ "body.spec": "hero.json:" }` makes `hero.json: reward.wait` of `body.spec.reward.wait`.
 */
export type FieldNames = Readonly<Record<string, string>>;

/** Why a call was refused, of a problem document: a line for each field, else its words. Of anything else `otherwise` and how the answer begins. */
export function refusal(text: string, otherwise: string, names: FieldNames = {}): string {
  try {
    const { detail, errors = [] } = JSON.parse(text) as Problem;
    // What the words say of a field, its line says too.
    return errors.length === 0 ? detail : errors.map((error) => fieldLine(error, names)).join("\n");
  } catch {
    return `${otherwise}: ${text.slice(0, 200)}`;
  }
}

function fieldLine({ field, message }: { field: string; message: string }, names: FieldNames): string {
  const [place] = Object.keys(names)
    .filter((key) => field.startsWith(key) && /^(?:$|[.[])/.test(field.slice(key.length)))
    .sort((a, b) => b.length - a.length);
  const known =
    place === undefined ? field : `${names[place]} ${field.slice(place.length).replace(/^\./, "")}`.trimEnd();
  return `${known} ${message}`;
}
