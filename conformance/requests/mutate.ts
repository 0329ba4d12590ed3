import type { FixtureRandom } from "../random.ts";

type Json = unknown;

const NUMBERS = [0, -0, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, -(2 ** 53), 1e20, 1e21, 8.64e15, 8.64e15 + 1];
const TEXTS = [
  ...[
    "",
    " ",
    "\u0000",
    "\ud800",
    "\udfff\ud800",
    "🎬".repeat(50),
    "e\u0301",
    "\u202eabc",
    "a".repeat(300),
    "A".repeat(70_000),
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "../../etc/passwd",
    "%00",
    "%2e%2e",
    "' OR 1=1 --",
    "$7*7",
    "<script>",
    "NaN",
    "null",
  ],
  ...["1e999", "0x10", "\r\nset-cookie: x", "ключ", "日本語", "a.b.c.d", ".", "..", "-1", "1".repeat(400)],
];

/** A value of another kind than the one that was there, or at the edge of what there may be. */
function odd(random: FixtureRandom): Json {
  const kinds: (() => Json)[] = [
    () => random.pick(NUMBERS),
    () => random.pick(TEXTS),
    () => random.pick([null, true, false]),
    () => [],
    () => ({}),
    () => Array.from({ length: random.pick([1, 100, 3000]) }, () => random.pick<Json>([1, "x", null])),
    () => Object.fromEntries(Array.from({ length: random.pick([1, 50, 2000]) }, (_, i) => [`k${i}`, i])),
    () => nested(random.pick([10, 100, 5000]), random.next() < 0.5),
    () => JSON.parse('{"__proto__":{"polluted":true}}') as Json,
  ];
  return random.pick(kinds)();
}

function nested(depth: number, asList: boolean): Json {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = asList ? [value] : { a: value };
  return value;
}

/** Changes places of a value: replaced, left out, doubled, or with something beside them. The value is changed itself. */
export function mutated(value: Json, random: FixtureRandom): Json {
  const places: { of: Record<string, Json> | Json[]; key: string | number }[] = [];
  const walk = (at: Json): void => {
    if (typeof at !== "object" || at === null) return;
    const of = at as Record<string, Json>;
    for (const key of Object.keys(of)) {
      places.push({ of: Array.isArray(at) ? at : of, key });
      walk(of[key]);
    }
  };
  walk(value);
  if (places.length === 0 || random.next() < 0.05) return odd(random);
  for (let n = 1 + random.whole(2); n > 0; n--) {
    const { of, key } = random.pick(places);
    const draw = random.next();
    const list = of as Record<string | number, Json>;
    if (draw < 0.6) list[key] = odd(random);
    else if (draw < 0.75 && !Array.isArray(of)) delete list[key];
    else if (draw < 0.85 && Array.isArray(of))
      of.push(...Array.from({ length: random.pick([1, 30, 600]) }, () => of[0]));
    else if (typeof list[key] === "number") list[key] = (list[key] as number) * random.pick([-1, 1e3, 1e9, 1e300, 0.1]);
    else if (typeof list[key] === "string") list[key] = `${list[key]}${random.pick(TEXTS)}`;
    else if (!Array.isArray(of)) of[random.pick(TEXTS)] = odd(random);
  }
  return value;
}

/** A body as text, well formed or not. */
export function written(value: Json, random: FixtureRandom): string | Uint8Array<ArrayBuffer> {
  let text: string;
  try {
    text = JSON.stringify(value) ?? "";
  } catch {
    // Nested too deeply to be written.
    text = "[".repeat(20_000);
  }
  const draw = random.next();
  if (draw < 0.8) return text;
  if (draw < 0.84) return text.slice(0, random.whole(text.length + 1));
  if (draw < 0.88) return text.replace(/\d+/, random.pick(["1e999", "-", "00", "1".repeat(5000), "NaN", "Infinity"]));
  if (draw < 0.91) return text.replace(/"(\w+)":/, '"$1":1,"$1":');
  if (draw < 0.94) return `${random.pick(["\ufeff", "//x\n", ",", "\u0000", "  "])}${text}`;
  const bytes = new Uint8Array(new TextEncoder().encode(text));
  if (draw < 0.97 && bytes.length > 0) bytes[random.whole(bytes.length)] = random.pick([0xff, 0xc0, 0x80, 0x00]);
  return bytes;
}

/** A text for a path or query, as somebody might try it. */
export const oddText = (random: FixtureRandom): string => random.pick(TEXTS).slice(0, 2000);
