import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { folded, wordsOf } from "./words.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom(
      "a",
      "É",
      "e\u0301",
      "ß",
      "Σ",
      "ς",
      "İ",
      "ı",
      "'",
      "’",
      " ",
      "\u200d",
      "👩",
      "🏽",
      "東",
      "ไ",
      "\ud800",
    ),
  }),
);

test.each<[what: string, text: string, words: string[]]>([
  ["words and what is between them", "Hello, World! (again)", ["hello", "world", "again"]],
  ["as often as they come", "no no NO", ["no", "no", "no"]],
  ["digits", "call 0800 555-0199 for $3.14", ["call", "0800", "555", "0199", "for", "3", "14"]],
  [
    "an apostrophe between letters, and none around a word",
    "Don't 'quote' rock’n’roll dogs'",
    ["don't", "quote", "rock'n'roll", "dogs"],
  ],
  ["composed and decomposed accents", "café cafe\u0301", ["café", "café"]],
  [
    "capitals, also where there are more letters in the other case",
    "STRASSE Straße ﬁn FIN",
    ["strasse", "strasse", "fin", "fin"],
  ],
  ["sigmas", "ὈΔΥΣΣΕΎΣ ὀδυσσεύς", ["ὀδυσσεύσ", "ὀδυσσεύσ"]],
  ["wide and small forms", "ＦＲＥＥ ²", ["free", "2"]],
  ["Hebrew and Arabic, whatever marks of direction are in them", "\u202bשלום\u202c \u200fعَالَم\u200f", ["שלום", "عَالَم"]],
  ["Persian with a non-joiner", "می\u200cخواهم", ["میخواهم"]],
  ["Hindi", "नमस्ते दुनिया", ["नमस्ते", "दुनिया"]],
  ["Korean", "안녕 세계", ["안녕", "세계"]],
  [
    "Chinese and Japanese, a word a character",
    "東京へ2024年 OKです",
    ["東", "京", "へ", "2024", "年", "ok", "で", "す"],
  ],
  ["half-width kana with their marks", "ﾊﾞﾅﾅ", ["バ", "ナ", "ナ"]],
  ["Thai, with its marks", "น้ำใจ", ["น้ํ", "า", "ใ", "จ"]],
  [
    "emoji: skin tones, families, hearts with and without variation, keycaps, flags",
    "👍🏽👨‍👩‍👧 ❤️❤ 1️⃣🇨🇭🇩🇪",
    ["👍🏽", "👨‍👩‍👧", "❤", "❤", "1⃣", "🇨🇭", "🇩🇪"],
  ],
  ["words that are hidden by what is not seen", "fr\u00adee m\u200boney", ["free", "money"]],
  ["controls and lone surrogates between words", "a\u0000b\ud800c\u0085d", ["a", "b", "c", "d"]],
  ["a letter with more marks than any has without them", `a${"\u0301\u0323".repeat(16)} b\u0301\u0323`, ["a", "ḅ́"]],
  ["as many as may be", `x${"\u0330".repeat(30)}`, [`x${"\u0330".repeat(30)}`.normalize("NFKC")]],
  ["names that objects have", "__proto__ constructor", ["proto", "constructor"]],
  ["nothing", "", []],
  ["no word", " \n…!?-- \u0301\u200d", []],
])("%s", (_, text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

describe("for any text", () => {
  test("folding what is folded changes nothing, and folded text has the words of the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(folded(folded(text))).toBe(folded(text));
        expect(wordsOf(folded(text))).toEqual(wordsOf(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("case and composition do not count", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const same of [text.normalize("NFD"), text.normalize("NFC"), text.normalize("NFKD")])
          expect(wordsOf(same)).toEqual(wordsOf(text));
        expect(wordsOf(folded(text).toUpperCase())).toEqual(wordsOf(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("what is put between two texts with a space are the words of both", () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        expect(wordsOf(`${one} ${other}`)).toEqual([...wordsOf(one), ...wordsOf(other)]);
      }),
      { numRuns: 2000 },
    );
  });

  test("a word has no space, and is a word", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const word of wordsOf(text)) {
          expect(word).toMatch(/^\S+$/);
          expect(wordsOf(word)).toEqual([word]);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
