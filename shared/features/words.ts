/**
 * The words of a text, for any script, and for every engine alike: by properties of Unicode's characters, not by a dictionary as `Intl.Segmenter`, which
 * browsers have in different releases, and workerd with other data than Node.
 *
 * - Text is folded first (`folded`).
 * - A word is a letter or digit (`\p{L}`, `\p{N}`), with the letters, digits and marks (`\p{M}`) that follow it, and an apostrophe before a letter: `don't`.
 * - Scripts without spaces between words have a word a letter, with its marks; pairs of these are what such texts are searched by.
 * - An emoji is a word (`\p{ExtPict}`, with its skin tone, and what is joined to it), and so is a flag (`\p{RI}`).
 * - All else is between words.
 */

/** Chinese, Japanese, Yi; Thai, Lao, Khmer, Myanmar, Tai, Tibetan, Balinese, Javanese. */
const SPACELESS =
  "[\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Bopo}\\p{scx=Yiii}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Lana}\\p{scx=Talu}\\p{scx=Tibt}\\p{scx=Bali}\\p{scx=Java}]";
/**
 * Marks in a row, half-width sound marks and what is not seen with them, of which no word has so many (UAX #15, Stream-Safe Text Format, has 30). Engines sort a row in time that grows with the square of
 * its length: two marks in turn, 262,144 of them, took 43 seconds.
 */
const MANY_MARKS = /[\p{M}\p{DI}\uff9e\uff9f]{31,}/gu;
/** Longest text that is folded, as MAX_STRING_LENGTH: compatible characters may be 18 of one. (Were it taken from its file, the part of the client that pages load first would export one thing more.) */
const MAX_COMPATIBLE = 2 ** 18;
const APOSTROPHE = /[\u2018\u2019]/g;

const PICTURE = "\\p{ExtPict}\\p{EMod}?";
const PICTURES = `\\p{RI}{1,2}|${PICTURE}(?:\\u200d${PICTURE})*`;
const LETTER = "[\\p{L}\\p{N}]";
/** @param which says of each of its characters which it may be. */
const wordOf = (which: string): string => {
  const following = `(?:${which}[\\p{L}\\p{N}\\p{M}])*`;
  return `${which}${LETTER}${following}(?:'(?=${which}\\p{L})${following})*`;
};
const WORD = new RegExp(`${PICTURES}|${wordOf("")}`, "gu");
const ANY_WORD = new RegExp(`${PICTURES}|(?=${SPACELESS})${LETTER}\\p{M}*|${wordOf(`(?!${SPACELESS})`)}`, "gu");
const ANY_SPACELESS = new RegExp(SPACELESS, "u");
/** What is not seen, but for the joiner that makes one emoji of several: soft hyphens, marks of direction, variation selectors. */
const UNSEEN = /(?!\u200d\p{ExtPict})\p{DI}/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what ASCII begins with.
const ASCII = /^[\x00-\x7f]*$/;

/**
 * The text as it is compared: compatible characters alike (NFKC), what is not seen left out, with the marks of whatever has more than 30, and case folded: as Unicode's full folding, but for a
 * dotless i, which is one with a dot. A text that compatibility makes longer than MAX_COMPATIBLE is one of more words than are looked at (text-feature.ts).
 * @example folded("Ｓｔｒａ\u00adße") // "strasse"
 */
export function folded(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const compatible = text.replace(MANY_MARKS, "").normalize("NFKC");
  if (compatible.length > MAX_COMPATIBLE) return "0 ".repeat(MAX_COMPATIBLE);
  const seen = compatible.replace(UNSEEN, "");
  // A capital sharp s becomes a small one, and that two capitals.
  const small = seen.toLowerCase().toUpperCase().toLowerCase();
  // A final sigma is a sigma.
  return small.replaceAll("\u03c2", "\u03c3").normalize("NFKC").replace(APOSTROPHE, "'");
}

/**
 * The words of a text, in their order, as often as they come.
 * @example wordsOf("Don't PANIC, 東京!") // ["don't", "panic", "東", "京"]
 */
export function wordsOf(text: string): string[] {
  const compared = folded(text);
  return compared.match(ANY_SPACELESS.test(compared) ? ANY_WORD : WORD) ?? [];
}
