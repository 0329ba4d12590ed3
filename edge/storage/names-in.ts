import { MAX_KEY_LENGTH } from "../../shared/contract/limits.ts";

/**
 * Names in texts that strangers have written, wherever one stands as a string of JSON. A text of 1 MB has up to 250,000 strings, each of which may be a name: so whoever has to hash
 * each looks for so long and no longer, and goes on later.
 */

/** Longest string of JSON that is a name, with its quotes: each of its characters may be written as six. */
const LONGEST = 6 * MAX_KEY_LENGTH + 2;
/** What it costs, in about the time that it takes to pass a character: a string, and to ask for a name, and for each of its characters. */
const COST = { string: 32, name: 256, character: 16 };

/**
 * Looks for some names in texts, until that has cost so much.
 * @example
 * const search = new NameSearch(names, 1_000_000);
 * let { name, next } = search.in(text); // next: where to go on, with another search; null: it came to the end
 */
export class NameSearch {
  readonly #some: { has(name: string): boolean };
  /** Strings that are none of the names. */
  readonly #others = new Set<string>();
  #left: number;

  constructor(some: { has(name: string): boolean }, cost: number) {
    this.#some = some;
    this.#left = cost;
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** The first name in a text from a place on; null: none up to `next`. */
  in(text: string, from = 0): { name: string | null; next: number | null } {
    let at = from;
    for (const { start, end } of stringsIn(text, from)) {
      if (this.isOver) return { name: null, next: start };
      this.#left -= end - at + COST.string;
      at = end;
      if (end - start > LONGEST) continue;
      const quoted = text.slice(start, end);
      if (this.#others.has(quoted)) continue;
      const name = unquoted(quoted);
      if (name !== null && name.length <= MAX_KEY_LENGTH) {
        this.#left -= COST.name + name.length * COST.character;
        if (this.#some.has(name)) return { name, next: null };
      }
      this.#others.add(quoted);
    }
    this.#left -= text.length - at;
    return { name: null, next: null };
  }
}

/** Whether a name stands in a text. */
export function hasName(text: string, name: string): boolean {
  for (const { start, end } of stringsIn(text)) {
    const length = end - start - 2;
    if (length >= name.length && length <= 6 * name.length && unquoted(text.slice(start, end)) === name) return true;
  }
  return false;
}

/** A text with another name in place of some. */
export function replaceNames(text: string, isOne: (name: string) => boolean, other: string): string {
  let replaced = "";
  let at = 0;
  for (const { start, end } of stringsIn(text)) {
    const name = unquoted(text.slice(start, end));
    if (name === null || !isOne(name)) continue;
    replaced += text.slice(at, start) + JSON.stringify(other);
    at = end;
  }
  return replaced + text.slice(at);
}

/** Strings of JSON in a text from a place on that is in none, with their quotes. */
function* stringsIn(text: string, from = 0): Generator<{ start: number; end: number }> {
  for (let start = text.indexOf('"', from); start >= 0; ) {
    const end = endOf(text, start);
    // All quotes behind one that does not end are escaped, and what began with one of these would not end either.
    if (end === null) return;
    yield { start, end };
    start = text.indexOf('"', end);
  }
}

/** Where a string of JSON ends, behind its quote; null: it does not. */
function endOf(text: string, start: number): number | null {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return null;
}
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function unquoted(text: string): string | null {
  if (!text.includes("\\")) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    return null;
  }
}
