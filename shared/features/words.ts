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
const APOSTROPHE = /[\u2018\u2019]/g;

const PICTURE = "\\p{ExtPict}\\p{EMod}?";
const PICTURES = `\\p{RI}{1,2}|${PICTURE}(?:\\u200d${PICTURE})*`;
const wordOf = (letter: string, following: string): string =>
  `${letter}${following}*(?:'(?=${letter})(?!\\p{N})${following}*)*`;
const WORD = new RegExp(`${PICTURES}|${wordOf("[\\p{L}\\p{N}]", "[\\p{L}\\p{N}\\p{M}]")}`, "gu");
const SPACED = `(?!${SPACELESS})`;
const ANY_WORD = new RegExp(
  `${PICTURES}|(?=${SPACELESS})[\\p{L}\\p{N}]\\p{M}*|${wordOf(`${SPACED}[\\p{L}\\p{N}]`, `(?:${SPACED}[\\p{L}\\p{N}\\p{M}])`)}`,
  "gu",
);
const ANY_SPACELESS = new RegExp(SPACELESS, "u");
/** What is not seen, but for the joiner that makes one emoji of several: soft hyphens, marks of direction, variation selectors. */
const UNSEEN = /(?!\u200d\p{ExtPict})\p{DI}/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what ASCII begins with.
const ASCII = /^[\x00-\x7f]*$/;

/**
 * The text as it is compared: compatible characters alike (NFKC), what is not seen left out, and case folded: as Unicode's full folding, but for a
 * dotless i, which is one with a dot.
 * @example folded("Ｓｔｒａ\u00adße") // "strasse"
 */
export function folded(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const seen = text.normalize("NFKC").replace(UNSEEN, "");
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
