import type { CallOperator } from "../shared/contract/spec.ts";
import type { Properties } from "../shared/contract/values.ts";
import { callFeature } from "../shared/features/call.ts";
import "../shared/features/other-operators.ts";
import { Digest } from "./digest.ts";
import { FixtureRandom } from "./random.ts";

const SEED = 20261130;

/** Texts as they come, in scripts that are written in different ways. */
const TEXTS = [
  "FREE!!! Claim your $1,000,000 prize now — don't wait… http://example.com/?a=1&b=2",
  "STRASSE straße ﬁn Ｆｕｌｌ ｗｉｄｔｈ naïve nai\u0308ve ŒUVRE Ǆ ǅ ǆ ŉ ẞ ǰ",
  "ὈΔΥΣΣΕΎΣ ὀδυσσεύς ΆΈΉΊΌΎΏ ᾳ ᾼ ΐ ΰ",
  "Привет, МИР! Ёлка ёлка",
  "İstanbul ISTANBUL ıstanbul istanbul",
  "\u202bשָׁלוֹם עולם\u202c",
  "\u0627\u0644\u0633\u0644\u0627\u0645 عَلَيْكُم ۱۲۳ می\u200cخواهم",
  "नमस्ते दुनिया क्\u200dष ১২৩ தமிழ் తెలుగు",
  "東京へ2024年、新しいカメラを買いました。ﾊﾞﾅﾅ ㍿ ㌔ 〇 々",
  "สวัสดีชาวโลก ລາວ ខ្មែរ မြန်မာ བོད་སྐད།",
  "안녕하세요 세계 \u1112\u1161\u11ab",
  "👍🏽 👨‍👩‍👧‍👦 ❤️ ❤ 1️⃣ 🇨🇭🇩🇪 🏴\u{e0067}\u{e0062}\u{e007f} ™ © ☃",
  "fr\u00adee m\u200boney \u0000 \ud800 \udc00x \ufeff __proto__ constructor",
  "𝐅𝐑𝐄𝐄 𝓶𝓸𝓷𝓮𝔂 🅵🆁🅴🅴 Ⅷ ⅷ ½ ﷺ",
];

/** Blocks whose characters are old enough for every engine to know them. */
const BLOCKS = [
  [0x20, 0x58f],
  [0x5d0, 0x5ea],
  [0x621, 0x6fe],
  [0x905, 0x97f],
  [0xe01, 0xe3a],
  [0x1e00, 0x1f15],
  [0x2010, 0x205e],
  [0x2190, 0x23f3],
  [0x3041, 0x3096],
  [0x30a0, 0x30ff],
  [0x4e00, 0x4fff],
  [0xac00, 0xadff],
  [0xff01, 0xff9f],
  [0x1f300, 0x1f64f],
] as const;

/** What the operators that pages load when a model has them give, every bit of it, by operator. */
export const operatorDigests = (): Record<string, string> => ({
  similarity: similarityDigest(),
  text: textDigest(),
});

function textDigest(): string {
  const digest = new Digest();
  const compute = callFeature({ op: "text", path: "x" } satisfies CallOperator);
  const take = (x: Properties[string]) => digest.text(JSON.stringify(compute({ x }, { at: 0 })));
  for (const text of TEXTS) take(text);
  for (const [first, last] of BLOCKS)
    for (let point = first; point <= last; point++)
      take(`a${String.fromCodePoint(point)}b ${String.fromCodePoint(point)}`);
  const random = new FixtureRandom(SEED);
  const characters = [...TEXTS.join(" ")];
  for (let n = 0; n < 500; n++) take(Array.from({ length: random.whole(80) }, () => random.pick(characters)).join(""));
  take(TEXTS);
  return digest.hex();
}

function similarityDigest(): string {
  const digest = new Digest();
  const compute = callFeature({ op: "similarity", to: "context.a", path: "b" } satisfies CallOperator);
  const random = new FixtureRandom(SEED);
  const vector = (n: number) => Array.from({ length: n }, () => (random.next() - 0.5) * 10 ** (random.whole(9) - 4));
  for (let n = 0; n < 500; n++) {
    const size = random.whole(40);
    const value = compute({ b: vector(size) }, { at: 0, context: { a: vector(size) } });
    digest.number((value as number | null) ?? 2);
  }
  return digest.hex();
}
