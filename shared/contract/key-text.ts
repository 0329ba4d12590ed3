/**
 * Keys: who calls. `pk_<id>_<secret>` is publishable, and stands in pages; `sk_<id>_<secret>` is secret. The id names the key in lists and histories and
 * is no secret; of the whole text only its hash is kept. Without the schemas of key.ts, which a page does not need.
 */

/** What a key's text begins with, by kind. */
const prefixes = { publishable: "pk", secret: "sk" } as const;
export type KeyKind = keyof typeof prefixes;

/** base62: a key is one word in an editor, a shell and a URL. */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KEY_ID_LENGTH = 8;
/** 32 characters of base62 are 190 random bits: nobody tries them out. */
const SECRET_LENGTH = 32;
const FORM = /^(pk|sk)_([0-9A-Za-z]{8})_[0-9A-Za-z]{24,128}$/;
const FORM_INSIDE = /\b([ps]k_[0-9A-Za-z]{8})_[0-9A-Za-z]+/g;

/**
 * Kind and id of a key's text; null when it has not the form of one.
 * @example parseKey("pk_h2Jx81Qa_0123456789abcdefghijklmn") // { kind: "publishable", id: "h2Jx81Qa" }
 */
export function parseKey(text: string): { kind: KeyKind; id: string } | null {
  const match = FORM.exec(text);
  return match && { kind: match[1] === "pk" ? "publishable" : "secret", id: match[2]! };
}

/** A new key's id and text. @param random fills an array with random bytes. */
export function newKey(kind: KeyKind, random: (bytes: Uint8Array<ArrayBuffer>) => void): { id: string; text: string } {
  const id = randomText(KEY_ID_LENGTH, random);
  return { id, text: `${prefixes[kind]}_${id}_${randomText(SECRET_LENGTH, random)}` };
}

/** A text without the secrets of the keys that may stand in it: of each is left what names it. */
export const withoutKeys = (text: string): string => text.replace(FORM_INSIDE, "$1_...");

function randomText(length: number, random: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  let text = "";
  const bytes = new Uint8Array(2 * length);
  // Bytes from 248 on would make the first letters more frequent than the others.
  const even = 256 - (256 % ALPHABET.length);
  while (text.length < length) {
    random(bytes);
    for (const byte of bytes) if (byte < even && text.length < length) text += ALPHABET[byte % ALPHABET.length];
  }
  return text;
}
