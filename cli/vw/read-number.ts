const POWERS = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
/** Up to this, another digit leaves the number exact. */
const EXACT = (Number.MAX_SAFE_INTEGER - 9) / 10;

/**
 * Reads the decimal number that the bytes from `start` to before `end` are, as 32 bits hold it.
 * @returns NaN when they are none. Infinity and NaN are none, too.
 */
export function readNumber(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  const negative = bytes[i] === MINUS;
  if (negative || bytes[i] === PLUS) i++;
  let mantissa = 0;
  let exponent = 0;
  let digits = 0;
  for (; i < end; i++, digits++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) break;
    if (mantissa > EXACT) return slowly(bytes, start, end);
    mantissa = 10 * mantissa + digit;
  }
  if (bytes[i] === POINT && i < end) {
    i++;
    for (; i < end; i++, digits++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) break;
      if (mantissa > EXACT) return slowly(bytes, start, end);
      mantissa = 10 * mantissa + digit;
      exponent--;
    }
  }
  if (digits === 0) return Number.NaN;
  if (i < end && (bytes[i]! | 0x20) === LETTER_E) {
    i++;
    const down = bytes[i] === MINUS;
    if (down || bytes[i] === PLUS) i++;
    let power = 0;
    const first = i;
    for (; i < end; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) break;
      if (power < 10_000) power = 10 * power + digit;
    }
    if (i === first) return Number.NaN;
    exponent += down ? -power : power;
  }
  if (i !== end) return Number.NaN;
  if (exponent < -22 || exponent > 22) return slowly(bytes, start, end);
  const value = Math.fround(exponent < 0 ? mantissa / POWERS[-exponent]! : mantissa * POWERS[exponent]!);
  return negative ? -value : value;
}

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const PLUS = 43;
const LETTER_E = 101;

const PATTERN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Too many digits, or too large an exponent, for the way above to be exact. */
function slowly(bytes: Uint8Array, start: number, end: number): number {
  const text = String.fromCharCode(...bytes.subarray(start, end));
  const value = PATTERN.test(text) ? Math.fround(Number(text)) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
