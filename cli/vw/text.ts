import { InputError, quoted } from "../files/input-error.ts";
import type { Example } from "./example.ts";
import { defaultNamespace, type Hashing, hashOfBytes, STRINGS } from "./hashing.ts";
import { type LabelKind, readLabel } from "./label.ts";
import { numberBeginning, readExactly, readNumber, scanNumber, scanned } from "./read-number.ts";

const TAB = 9;
const RETURN = 13;
const SPACE = 32;
const COMMA = 44;
const ZERO = 48;
const COLON = 58;
const BAR = 124;
/** The slot of features without a namespace. */
export const DEFAULT_SLOT = SPACE;

/** Is told how a line is read otherwise than it looks. @param hasComma whether a number has a decimal comma. */
export type OnDoubt = (problem: string, hasComma?: boolean) => void;
const ignored: OnDoubt = () => {};

/**
 * Reads one line of VW's text format: `label |namespace:scale name name:value name:text :value |...`.
 * @param bytes of the line are from `start` to before `end`, without the line's end.
 * @throws InputError saying what is wrong with the line.
 */
export function readLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  labels: LabelKind,
  into: Example,
  hashing: Hashing = STRINGS,
  onDoubt: OnDoubt = ignored,
): void {
  into.clear();
  let i = bytes.indexOf(BAR, start);
  if (i < 0 || i > end) i = end;
  // Most lines of a bandit's event begin with the bar.
  if (i > start && !readPlainLabel(bytes, start, i, labels, into)) readLabel(latin(bytes, start, i), labels, into);
  while (i < end) i = readNamespace(bytes, i + 1, end, into, hashing, onDoubt);
}

/** A number, a space, and the bar: what most labels are, without making a string of it. @returns whether it was that. */
function readPlainLabel(bytes: Uint8Array, start: number, bar: number, labels: LabelKind, into: Example): boolean {
  if (labels !== "simple") return false;
  if (scanNumber(bytes, start, bar) !== bar - 1) return false;
  into.label = scanned[0]!;
  return true;
}

const isEndOfName = (byte: number): boolean =>
  byte === SPACE || byte === COLON || byte === BAR || byte === TAB || byte === RETURN;

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === RETURN;

/** @returns where the next bar is, or the end. */
function readNamespace(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Example,
  hashing: Hashing,
  onDoubt: OnDoubt,
): number {
  const { all } = hashing;
  let i = start;
  let slot = DEFAULT_SLOT;
  let hash = defaultNamespace(hashing);
  let scale = 1;
  if (i < end && !isBlank(bytes[i]!) && bytes[i] !== BAR) {
    const nameEnd = endOfName(bytes, i, end);
    if (nameEnd === i) throw new InputError("a namespace has no name");
    slot = bytes[i]!;
    hash = hashOfBytes(hashing, bytes, i, nameEnd, hashing.seed);
    i = nameEnd;
    if (bytes[i] === COLON && i < end) {
      const valueEnd = endOfWord(bytes, i + 1, end);
      scale = numberAt(bytes, i + 1, valueEnd, end);
      if (Number.isNaN(scale))
        throw new InputError(`the scale of a namespace is not a number: ${quoted(latin(bytes, i + 1, valueEnd))}`);
      i = valueEnd;
    }
  }
  let unnamed = 0;
  while (i < end && bytes[i] !== BAR) {
    if (isBlank(bytes[i]!)) {
      i++;
      continue;
    }
    // Digits alone are no text to hash, but an offset (see hashBytes).
    let nameEnd = i;
    let number = 0;
    for (; nameEnd < end; nameEnd++) {
      const digit = bytes[nameEnd]! - ZERO;
      if (digit < 0 || digit > 9) break;
      number = (Math.imul(number, 10) + digit) | 0;
    }
    let index = (number + hash) >>> 0;
    if (all || (nameEnd < end && !isEndOfName(bytes[nameEnd]!))) {
      nameEnd = endOfName(bytes, nameEnd, end);
      index = hashOfBytes(hashing, bytes, i, nameEnd, hash);
    }
    if (nameEnd >= end || bytes[nameEnd] !== COLON) {
      into.add(slot, index, scale);
      i = nameEnd;
      continue;
    }
    let valueEnd = scanNumber(bytes, nameEnd + 1, end);
    let value = scanned[0]!;
    if (valueEnd < 0) {
      valueEnd = endOfWord(bytes, nameEnd + 1, end);
      value = numberAt(bytes, nameEnd + 1, valueEnd, end);
    }
    const beginning = Number.isNaN(value)
      ? numberBeginning(bytes, nameEnd + 1, valueEnd, touches(bytes, valueEnd, end))
      : null;
    if (beginning !== null) {
      const text = latin(bytes, i, valueEnd);
      const isWhole = beginning.length === valueEnd - nameEnd - 1;
      const hasComma = DECIMAL_COMMA.test(text);
      onDoubt(
        `the value of ${quoted(text)} ${hasComma ? "has a decimal comma, where VW's text has a point: it " : ""}is read as ${beginning.value}${isWhole ? "" : ", and what follows it in the line is not read"} (as in VW)`,
        hasComma,
      );
      into.add(slot, index, Math.fround(beginning.value * scale));
      if (!isWhole) return end;
    } else if (Number.isNaN(value)) {
      // A category: the text is hashed after the name. Its value is 1, whatever the namespace's scale.
      if (valueEnd === nameEnd + 1) throw new InputError(`${quoted(latin(bytes, i, valueEnd))} has no value`);
      // VW finds no number in `,5` and `-,5`.
      const hasComma = bytes[nameEnd + 1] === COMMA || bytes[nameEnd + 2] === COMMA;
      if (hasComma && DECIMAL_COMMA.test(latin(bytes, i, valueEnd)))
        onDoubt(
          `the value of ${quoted(latin(bytes, i, valueEnd))} has a decimal comma, where VW's text has a point: it is read as a category (as in VW)`,
          true,
        );
      into.add(slot, hashOfBytes(hashing, bytes, nameEnd + 1, valueEnd, index), 1);
    } else into.add(slot, nameEnd === i ? (hash + unnamed++) >>> 0 : index, Math.fround(value * scale));
    i = valueEnd;
  }
  return i;
}

const DECIMAL_COMMA = /:[+-]?\d*,\d+$/;

/** VW reads a number otherwise when it touches what follows. */
function numberAt(bytes: Uint8Array, start: number, end: number, lineEnd: number): number {
  return touches(bytes, end, lineEnd) ? readExactly(bytes, start, end) : readNumber(bytes, start, end);
}

const touches = (bytes: Uint8Array, end: number, lineEnd: number): boolean =>
  end < lineEnd && (bytes[end] === BAR || bytes[end] === RETURN);

function endOfName(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && !isEndOfName(bytes[i]!)) i++;
  return i;
}

function endOfWord(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  for (; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === SPACE || byte === BAR || byte === TAB || byte === RETURN) break;
  }
  return i;
}

function latin(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
