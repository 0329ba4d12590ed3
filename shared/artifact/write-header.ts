import type { RowWriter } from "./row-writer.ts";
import type { WrittenHeader } from "./snapshot-header.ts";

/** Writes a header: its length, and JSON in ASCII. Equal headers give equal bytes. */
export function writeHeader(writer: RowWriter, header: WrittenHeader): void {
  const { model, version, number, bits, link, examples, head, rewardRange, from } = header;
  const numbers = head && { [head.tag]: head.number };
  const text = asciiJson({ model, version, number, bits, link, examples, ...numbers, rewardRange, from });
  writer.varint(text.length);
  writer.ascii(text);
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
