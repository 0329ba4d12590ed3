import { InputError } from "./input-error.ts";

/** What is wrong with a file as a whole, and not with one of its lines: there is nothing in it to go on with. */
export class FileKindError extends InputError {}

/** Files that are no text, by how they begin, and what makes text of them. */
const KINDS: readonly { begins: string; name: string; remedy: string }[] = [
  { begins: "PK\x03\x04", name: "a zip archive (or a spreadsheet)", remedy: "unpack it, or save the sheet as CSV" },
  { begins: "\xfd7zXZ\0", name: "packed by xz", remedy: "unpack it (xz -dc FILE), and pipe it in" },
  { begins: "BZh", name: "packed by bzip2", remedy: "unpack it (bzip2 -dc FILE), and pipe it in" },
  { begins: "\x28\xb5\x2f\xfd", name: "packed by zstd", remedy: "unpack it (zstd -dc FILE), and pipe it in" },
  { begins: "\x04\x22\x4d\x18", name: "packed by lz4", remedy: "unpack it (lz4 -dc FILE), and pipe it in" },
  { begins: "\xd0\xcf\x11\xe0", name: "an old Excel workbook", remedy: "save the sheet as CSV" },
  { begins: "7z\xbc\xaf\x27\x1c", name: "a 7z archive", remedy: "unpack it" },
  { begins: "PAR1", name: "a Parquet file", remedy: "export it as CSV, or as JSON with one object a line" },
  { begins: "ARROW1", name: "an Arrow file", remedy: "export it as CSV, or as JSON with one object a line" },
  { begins: "Obj\x01", name: "an Avro file", remedy: "export it as CSV, or as JSON with one object a line" },
  { begins: "ORC", name: "an ORC file", remedy: "export it as CSV, or as JSON with one object a line" },
  { begins: "SQLite format 3\0", name: "a SQLite database", remedy: "export the table as CSV" },
  { begins: "\xff\xfe", name: "in UTF-16", remedy: "save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)" },
  { begins: "\xfe\xff", name: "in UTF-16", remedy: "save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)" },
];
/** Letters of Latin scripts in UTF-16 that has no mark: every second byte is 0. */
const UTF16 = /^(?:[^\0]\0){3}|^(?:\0[^\0]){3}/;
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A text may begin with these, too: then there is no control character soon after them. */
const LETTERS = /^[\x20-\x7e]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\x00-\x08\x0e-\x1f]/;

/** How many bytes of a file tell what it is. */
export const TELLING = 64;

/**
 * How many bytes of a text are its byte order mark.
 * @param start of the file, TELLING bytes or all that there are.
 * @throws FileKindError naming the format of what is no text, and what to do.
 */
export function markLength(start: Buffer): number {
  const text = start.toString("latin1", 0, TELLING);
  const kind =
    KINDS.find(({ begins }) => text.startsWith(begins) && (!LETTERS.test(begins) || CONTROL.test(text))) ??
    (UTF16.test(text) ? KINDS.at(-1) : undefined);
  if (kind) throw new FileKindError(`the file is ${kind.name}, which is not read: ${kind.remedy}`);
  if (text.includes("\0")) throw new FileKindError("the file is no text: there are zero bytes in it");
  return start.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0;
}
