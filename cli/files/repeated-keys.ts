import { isObject } from "./is-object.ts";

/** Stands before a key where JavaScript would put it elsewhere, or forget it: see `parseAll`. */
const MARK = "\0";
const ESCAPED = "\\u0000";

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;

/** Keys of digits alone, which JavaScript would put before all others. */
const WHOLE = /^\d+$/;

/**
 * Parses JSON so that nothing of it is lost: of keys that come twice in an object all are there, in their order, and so are keys of digits. Such
 * keys begin with marks, which `keyOf` takes off; of several the last has none that the others have.
 * @throws SyntaxError when it is not JSON.
 */
export const parseAll = (text: string): unknown => JSON.parse(marked(text));

/** The key as it was written. */
export function keyOf(name: string): string {
  let start = 0;
  while (name[start] === MARK) start++;
  return start === 0 ? name : name.slice(start);
}

/** What `parseAll` gave, with what came twice put together: objects become one, texts a list of texts; of others the last counts. */
export function merged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(merged);
  if (!isObject(value)) return value;
  const result = new Map<string, unknown>();
  for (const [name, part] of Object.entries(value)) {
    const key = keyOf(name);
    result.set(key, result.has(key) ? together(result.get(key), merged(part)) : merged(part));
  }
  return Object.fromEntries(result);
}

/** Two values of one key: objects become one, texts a list of texts; of others the second counts. */
export function together(first: unknown, second: unknown): unknown {
  if (isObject(first) && isObject(second)) {
    const result = new Map(Object.entries(first));
    for (const [key, part] of Object.entries(second))
      result.set(key, result.has(key) ? together(result.get(key), part) : part);
    return Object.fromEntries(result);
  }
  const texts = [first, second].flat();
  return texts.every((text) => typeof text === "string") ? texts : second;
}

/** The text with a mark in every key that needs one. Text that is not JSON stays so. */
function marked(text: string): string {
  const marks: { at: number; count: number }[] = [];
  /** The keys of each object that is open, and where each was found; null: a list. */
  const open: (Map<string, number[]> | null)[] = [];
  let isKey = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfText(text, i + 1);
        if (isKey) note(open.at(-1)!, text.slice(i + 1, end), i + 1);
        i = end;
        break;
      }
      case OPEN:
        open.push(new Map());
        isKey = true;
        break;
      case OPEN_LIST:
        open.push(null);
        isKey = false;
        break;
      case COMMA:
        isKey = open.length > 0 && open.at(-1) !== null;
        break;
      case COLON:
        isKey = false;
        break;
      case CLOSE:
      case CLOSE_LIST:
        for (const [key, positions] of open.pop() ?? []) {
          const whole = WHOLE.test(key) ? 1 : 0;
          if (positions.length + whole === 1) continue;
          for (const [n, at] of positions.entries()) marks.push({ at, count: positions.length - 1 - n + whole });
        }
        isKey = false;
        break;
    }
  }
  if (marks.length === 0) return text;
  marks.sort((a, b) => a.at - b.at);
  let result = "";
  let from = 0;
  for (const { at, count } of marks) {
    result += text.slice(from, at) + ESCAPED.repeat(count);
    from = at;
  }
  return result + text.slice(from);
}

function note(keys: Map<string, number[]> | null, key: string, at: number): void {
  const positions = keys?.get(key);
  if (positions === undefined) keys?.set(key, [at]);
  else positions.push(at);
}

/** Where the quote is that ends a text. */
function endOfText(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
  return end;
}
