/** What may stand next. */
type Expected = "a value" | "a value or ]" | "a name or }" | "a name" | ":" | ", or ]" | ", or }" | "nothing more";

const space = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that JSON forbids in strings
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/**
 * Where a text stops being JSON (RFC 8259), and what could have stood there: `expected ":" at line 3, column 14`. Engines
 * say it in ways of their own, or not at all. Null when the text is JSON.
 */
export function jsonSyntaxProblem(source: string): string | null {
  let place = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = place;
    const found = pattern.test(source);
    if (found) place = pattern.lastIndex;
    return found;
  };
  const open: ("[" | "{")[] = [];
  const afterValue = (): Expected => {
    const inside = open.at(-1);
    return inside === "[" ? ", or ]" : inside === "{" ? ", or }" : "nothing more";
  };
  let expected: Expected = "a value";
  for (;;) {
    take(space);
    const next = source[place];
    if (next === undefined && expected === "nothing more") return null;
    const step = advance(expected, next, open, take, afterValue);
    if (step === null) return `expected ${expected} ${placeName(source, place)}`;
    if (step.character) place++;
    expected = step.expected;
  }
}

/** What follows when the next character is this; null when it may not stand here. `character`: it is still to be passed. */
function advance(
  expected: Expected,
  next: string | undefined,
  open: ("[" | "{")[],
  take: (pattern: RegExp) => boolean,
  afterValue: () => Expected,
): { expected: Expected; character: boolean } | null {
  const close = () => {
    open.pop();
    return { expected: afterValue(), character: true };
  };
  switch (expected) {
    case "a value or ]":
    case "a value":
      if (next === "]" && expected === "a value or ]") return close();
      if (next === "[" || next === "{") {
        open.push(next);
        return { expected: next === "[" ? "a value or ]" : "a name or }", character: true };
      }
      return take(text) || take(scalar) ? { expected: afterValue(), character: false } : null;
    case "a name or }":
    case "a name":
      if (next === "}" && expected === "a name or }") return close();
      return take(text) ? { expected: ":", character: false } : null;
    case ":":
      return next === ":" ? { expected: "a value", character: true } : null;
    case ", or ]":
      return next === "]" ? close() : next === "," ? { expected: "a value", character: true } : null;
    case ", or }":
      return next === "}" ? close() : next === "," ? { expected: "a name", character: true } : null;
    case "nothing more":
      return null;
  }
}

function placeName(source: string, place: number): string {
  const before = source.slice(0, place);
  const line = before.split("\n").length;
  const column = place - before.lastIndexOf("\n");
  return `${place >= source.length ? "at the end: " : "at "}line ${line}, column ${column}`;
}
