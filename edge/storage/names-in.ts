/** Strings of JSON in a text, wherever they stand. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** The first name in a text that is one of some, where it stands as a string of JSON; null: none. */
export function nameIn(text: string, some: { has(name: string): boolean }): string | null {
  for (const [quoted] of text.matchAll(QUOTED)) {
    const name = unquoted(quoted);
    if (name !== null && some.has(name)) return name;
  }
  return null;
}

/** A text with another name in place of some. */
export const replaceNames = (text: string, isOne: (name: string) => boolean, other: string): string =>
  text.replace(QUOTED, (quoted) => {
    const name = unquoted(quoted);
    return name !== null && isOne(name) ? JSON.stringify(other) : quoted;
  });

function unquoted(text: string): string | null {
  try {
    return JSON.parse(text) as string;
  } catch {
    return null;
  }
}
