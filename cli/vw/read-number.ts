import { InputError, quoted } from "../files/input-error.ts";

/** Powers of ten, each from the one before in 32 bits: what VW multiplies with. */
const LEAST_POWER = -37;
const MOST_POWER = 38;
const POWERS = powers();
/** Below this, 32 bits hold one more digit exactly. */
const EXACT = 1_677_700;
/** Decimals beyond these are ignored (as in VW). */
const MAX_DECIMALS = 35;

const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const POINT = 46;
const MINUS = 45;
const LETTER_E = 101;
const LETTER_I = 105;
const LETTER_N = 110;

/**
 * Reads the decimal number that the bytes from `start` to before `end` are, with VW's arithmetic: digit by digit in 32 bits. So the
 * result may be a few units in the last place off, as VW's is.
 * @returns NaN when they are no number. Infinity and NaN are none, too.
 */
export function readNumber(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  const negative = bytes[i] === MINUS;
  if (negative) i++;
  let mantissa = 0;
  let exponent = 0;
  const firstDigit = i;
  for (; i < end; i++) {
    const code = bytes[i]!;
    if (code < ZERO || code > NINE) break;
    mantissa =
      mantissa < EXACT
        ? mantissa * 10 + (code - ZERO)
        : Math.fround(Math.fround(Math.fround(mantissa * 10) + code) - ZERO);
  }
  let digits = i - firstDigit;
  if (bytes[i] === POINT && i < end) {
    i++;
    for (; i < end; i++, digits++) {
      const code = bytes[i]!;
      if (code < ZERO || code > NINE) break;
      if (exponent === -MAX_DECIMALS) continue;
      mantissa =
        mantissa < EXACT ? mantissa * 10 + (code - ZERO) : Math.fround(Math.fround(mantissa * 10) + (code - ZERO));
      exponent--;
    }
  }
  if (digits > 0 && i < end && (bytes[i]! | 0x20) === LETTER_E) {
    i++;
    const down = bytes[i] === MINUS;
    if (down) i++;
    let power = 0;
    const first = i;
    for (; i < end; i++) {
      const code = bytes[i]!;
      if (code < ZERO || code > NINE) break;
      power = Math.min(10 * power + code - ZERO, 1000);
    }
    if (i === first) return readExactly(bytes, start, end);
    exponent += down ? -power : power;
  }
  if (i !== end || digits === 0) return readExactly(bytes, start, end);
  if (exponent < LEAST_POWER) return 0;
  const value = Math.fround(mantissa * (POWERS[exponent - LEAST_POWER] ?? Number.POSITIVE_INFINITY));
  if (!Number.isFinite(value)) return Number.NaN;
  return negative ? -value : value;
}

/** The number that `scanNumber` found. Returned, it would be an object of its own. */
export const scanned = new Float64Array(1);

/**
 * readNumber for most numbers, without knowing where they end: digits, perhaps decimals and an exponent, and then a space or the end of
 * the line. `scanned` then has the number.
 * @param lineEnd after the last byte that may be read.
 * @returns where it ends; -1 when it is anything else, which may yet be a number.
 */
export function scanNumber(bytes: Uint8Array, start: number, lineEnd: number): number {
  let i = start;
  let code = i < lineEnd ? bytes[i]! : SPACE;
  const negative = code === MINUS;
  if (negative) code = ++i < lineEnd ? bytes[i]! : SPACE;
  // Whole numbers while 32-bit floats hold them exactly: seven digits or so, which is most.
  let whole = 0;
  const firstDigit = i;
  while (code >= ZERO && code <= NINE && whole < EXACT) {
    whole = whole * 10 + (code - ZERO);
    code = ++i < lineEnd ? bytes[i]! : SPACE;
  }
  if (code >= ZERO && code <= NINE) return -1;
  let digits = i - firstDigit;
  let mantissa = whole;
  let exponent = 0;
  if (code === POINT) {
    code = ++i < lineEnd ? bytes[i]! : SPACE;
    const firstDecimal = i;
    while (code >= ZERO && code <= NINE && whole < EXACT) {
      whole = whole * 10 + (code - ZERO);
      code = ++i < lineEnd ? bytes[i]! : SPACE;
    }
    mantissa = whole;
    while (code >= ZERO && code <= NINE) {
      mantissa = Math.fround(Math.fround(mantissa * 10) + (code - ZERO));
      code = ++i < lineEnd ? bytes[i]! : SPACE;
    }
    exponent = firstDecimal - i;
    if (exponent < -MAX_DECIMALS) return -1;
    digits -= exponent;
  }
  if (digits === 0) return -1;
  if (code === LETTER_E) {
    code = ++i < lineEnd ? bytes[i]! : SPACE;
    const down = code === MINUS;
    if (down) code = ++i < lineEnd ? bytes[i]! : SPACE;
    const first = i;
    let power = 0;
    while (code >= ZERO && code <= NINE && power < 100) {
      power = 10 * power + (code - ZERO);
      code = ++i < lineEnd ? bytes[i]! : SPACE;
    }
    if (i === first) return -1;
    exponent += down ? -power : power;
  }
  if (code !== SPACE || exponent < LEAST_POWER || exponent > MOST_POWER) return -1;
  const value = Math.fround(mantissa * POWERS[exponent - LEAST_POWER]!);
  if (value === Number.POSITIVE_INFINITY) return -1;
  scanned[0] = negative ? -value : value;
  return i;
}

const PATTERN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The same, rounded once: what VW does with a number that is written otherwise, or ends otherwise than with a space. */
export function readExactly(bytes: Uint8Array, start: number, end: number): number {
  // Most of what is no number begins with a letter.
  if (end - start > 64 || (bytes[start]! | 0x20) >= 0x61) return Number.NaN;
  const text = String.fromCharCode(...bytes.subarray(start, end));
  const value = PATTERN.test(text) ? Math.fround(Number(text)) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

function powers(): Float32Array {
  const list = new Float32Array(MOST_POWER - LEAST_POWER + 1);
  list[-LEAST_POWER] = 1;
  for (let n = 1; n <= MOST_POWER; n++) list[n - LEAST_POWER] = list[n - 1 - LEAST_POWER]! * 10;
  for (let n = -1; n >= LEAST_POWER; n--) list[n - LEAST_POWER] = list[n + 1 - LEAST_POWER]! / 10;
  return list;
}

/** What C's strtof takes for a number, at the beginning of a text. */
const BEGINNING =
  /^[+-]?(?:0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)|nan|inf(?:inity)?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i;

/** What VW itself takes for a whole number where a space follows: any part may be missing. */
const LENIENT = /^(-?)(\d*)(?:\.(\d*))?(?:e(-?)(\d*))?$/i;

/**
 * How VW reads a value that is not written as a number is: as the number that it begins as. `nan` is 0 there.
 * @param touches whether something else than a space follows.
 * @returns null when it begins as no number: it is a category.
 * @throws InputError when the number is infinite.
 */
export function numberBeginning(
  bytes: Uint8Array,
  start: number,
  end: number,
  touches: boolean,
): { value: number; length: number } | null {
  // Most categories begin with another letter than those of nan, inf and an exponent.
  const first = bytes[start]! | 0x20;
  if (start === end || (first >= 0x61 && first !== LETTER_N && first !== LETTER_I && first !== LETTER_E)) return null;
  const text = Buffer.from(bytes.subarray(start, end)).toString("latin1");
  const lenient = touches ? null : LENIENT.exec(text);
  if (lenient !== null) {
    const [, sign, whole, fraction, down, exponent] = lenient;
    const number = Number(`${whole || 0}.${fraction || 0}e${down ?? ""}${exponent || 0}`);
    return { value: finite(Math.fround(sign ? -number : number) || 0, text), length: text.length };
  }
  const found = BEGINNING.exec(text)?.[0];
  if (found === undefined) return null;
  const magnitude = found.replace(/^[+-]/, "").toLowerCase();
  const value =
    magnitude === "nan" ? 0 : Math.fround(magnitude.startsWith("0x") ? hexadecimal(magnitude) : Number(magnitude));
  return { value: finite(found.startsWith("-") ? -value || 0 : value, text), length: found.length };
}

function finite(value: number, text: string): number {
  if (!Number.isFinite(value)) throw new InputError(`the value ${quoted(text)} is read as an infinite number`);
  return value;
}

/** Of `0x1a.8`. */
function hexadecimal(text: string): number {
  const [whole = "", fraction = ""] = text.slice(2).split(".");
  return Number.parseInt(whole + fraction, 16) / 16 ** fraction.length;
}
